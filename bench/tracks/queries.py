"""Sixty queries with what they mean to find, by a pattern over titles, artists or albums that a person wrote.

Thirty name a theme in other words than the titles have; thirty a title, an artist or an album as one remembers them.
Relevant is what fits the pattern: a coarse measure, the same for all who are measured by it.
"""

from __future__ import annotations

#: (query, field, pattern); patterns are matched anywhere in the field, in lower case.
THEMES: tuple[tuple[str, str], ...] = (
    (
        "automobiles and driving fast",
        r"\b(cars?|driv(e|er|ers|in|ing)|highway|lamborghini|ferrari|road|ride|ridin)\b",
    ),
    ("wet weather and storms", r"\b(rain\w*|storm\w*|thunder\w*|umbrella|hurricane)\b"),
    ("being drunk", r"\b(drunk\w*|drink\w*|whiskey|wine|tequila|beer|bottle|alcohol\w*|vodka|champagne)\b"),
    ("farewell to somebody", r"\b(goodbye|bye|leav(e|ing)|farewell|adios|gone|adiós)\b"),
    ("money and being rich", r"\b(money|rich|cash|dollar\w*|millionaire|million|bank|paid|bands)\b"),
    ("celestial bodies", r"\b(star(s|boy|light)?|moon\w*|sun|sky\w*|planet\w*|space|heaven)\b"),
    ("christmas holidays", r"\b(christmas|santa|jingle|snowman|xmas|sleigh|mistletoe|rudolph)\b"),
    ("religious faith", r"\b(god|lord|jesus|pray\w*|church|hallelujah|angel\w*|heaven|holy|amen)\b"),
    ("darkness after sunset", r"\b(night\w*|midnight|dark\w*|noche\w*|evening)\b"),
    ("the hottest season", r"\b(summer\w*|verano|heat\w*|hot)\b"),
    ("flames", r"\b(fire\w*|burn\w*|flame\w*|fuego|blaz\w*)\b"),
    ("the ocean", r"\b(sea|ocean\w*|wave\w*|beach\w*|water\w*|mar|island\w*)\b"),
    ("being by oneself", r"\b(alone|lonely|loner|solo|lonesome|solitude)\b"),
    ("weeping", r"\b(cry\w*|tear(s|drops)?|sad\w*|llor\w*|weep\w*)\b"),
    ("youthful years", r"\b(young|youth|teen\w*|kids?|boys?|childhood|seventeen)\b"),
    ("dying", r"\b(die|dying|death|dead|kill\w*|grave|funeral|murder\w*)\b"),
    ("moving to the music at a club", r"\b(danc\w*|party\w*|club|bail\w*|disco|groov\w*)\b"),
    ("sleep and what one sees in it", r"\b(dream\w*|sleep\w*|asleep|nightmare\w*|lullaby)\b"),
    ("plants in bloom", r"\b(flower\w*|rose\w*|garden\w*|daisy|sunflower|lily|bloom\w*|petal\w*)\b"),
    ("metropolis", r"\b(city|cities|town|new york|london|paris|tokyo|la|chicago|miami|street\w*)\b"),
    ("romance and affection", r"\b(lov\w*|amor\w*|heart\w*|kiss\w*|darling|valentine)\b"),
    ("a place to return to", r"\b(home\w*|house|casa|country roads)\b"),
    (
        "wild animals",
        r"\b(wolf|wolves|lion|tiger|bear|bird\w*|horse\w*|snake\w*|dog\w*|cat|butterfl\w*|animal\w*)\b",
    ),
    ("parents", r"\b(mama|mother|mom|daddy|father|papa|dad|mamá)\b"),
    ("losing one's mind", r"\b(crazy|insane|mad|lunatic|psycho\w*|loco|loca|mental\w*)\b"),
    ("combat", r"\b(war|fight\w*|soldier\w*|gun\w*|battle\w*|army|bullet\w*|enem\w*)\b"),
    ("colours of the sky and the sea", r"\b(blue\w*|azul)\b"),
    ("precious stones and metals", r"\b(diamond\w*|gold\w*|silver|jewel\w*|pearl\w*|platinum)\b"),
    ("taking flight", r"\b(fly\w*|flight|wings?|plane\w*|airplanes?|jet)\b"),
    ("hours and years going by", r"\b(time\w*|clock\w*|year\w*|forever|yesterday|tomorrow|today|hour\w*)\b"),
)
NAMES: tuple[tuple[str, str, str], ...] = (
    ("jeff buckley", "artists", r"jeff buckley"),
    ("tom waits rain dogs", "album", r"rain dogs"),
    ("bon iver", "artists", r"bon iver"),
    ("taylor swift", "artists", r"taylor swift"),
    ("john denver country roads", "title", r"country roads"),
    ("billie eilish", "artists", r"billie eilish"),
    ("the weeknd", "artists", r"the weeknd"),
    ("bad bunny", "artists", r"bad bunny"),
    ("olafur arnalds", "artists", r"[óo]lafur arnalds"),
    ("bohemian rhapsody", "title", r"bohemian rhapsody"),
    ("kendrick lamar", "artists", r"kendrick lamar"),
    ("someone like you", "title", r"someone (like )?you"),
    ("adele", "artists", r"^adele$"),
    ("coldplay", "artists", r"coldplay"),
    ("drake", "artists", r"^drake$"),
    ("eminem", "artists", r"eminem"),
    ("blinding lights", "title", r"blinding lights"),
    ("stay with me", "title", r"stay with me"),
    ("ed sheeran", "artists", r"ed sheeran"),
    ("john prine", "artists", r"john prine"),
    ("sza", "artists", r"^sza$"),
    ("fleetwood mac", "artists", r"fleetwood mac"),
    ("imagine dragons", "artists", r"imagine dragons"),
    ("karol g", "artists", r"karol g"),
    ("leon russell", "artists", r"leon russell"),
    ("otis redding", "artists", r"otis redding"),
    ("warren zevon", "artists", r"warren zevon"),
    ("morgan wallen", "artists", r"morgan wallen"),
    ("the beatles", "artists", r"the beatles"),
    ("queen", "artists", r"^queen$"),
)
QUERIES: tuple[tuple[str, str, str], ...] = (*((q, "title", p) for q, p in THEMES), *NAMES)
