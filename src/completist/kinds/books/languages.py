"""Languages: what a catalogue or a person writes, as ISO 639-1 where such a code exists, else ISO 639-3."""

from __future__ import annotations

from functools import lru_cache

from langcodes import Language, standardize_tag

#: Codes that say "not one language": undetermined, several, no language at all, miscellaneous.
NO_LANGUAGE = frozenset({"und", "mul", "zxx", "mis"})

#: MARC codes withdrawn from the list that still stand in old records; some mean another one in ISO 639-3.
#: Source: MARC Code List for Languages, discontinued codes, https://www.loc.gov/marc/languages/
WITHDRAWN = {
    "cam": "km", "esp": "eo", "eth": "gez", "far": "fo", "fri": "fy", "gae": "gd", "gag": "gl", "gua": "gn",
    "int": "ia", "iri": "ga", "lan": "oc", "lap": "se", "max": "gv", "mla": "mg", "mol": "ro", "sao": "sm",
    "scc": "sr", "scr": "hr", "sho": "sn", "snh": "si", "sso": "st", "swz": "ss", "tag": "tl", "taj": "tg",
    "tar": "tt", "tru": "chk", "tsw": "tn",
}  # fmt: skip

#: English names, and the names that speakers use, of the languages most books are in.
NAMES = {
    "afrikaans": "af", "albanian": "sq", "amharic": "am", "arabic": "ar", "armenian": "hy",
    "azerbaijani": "az", "basque": "eu", "belarusian": "be", "bengali": "bn", "bokmål": "nb",
    "bosnian": "bs", "breton": "br", "bulgarian": "bg", "burmese": "my", "català": "ca", "catalan": "ca",
    "cebuano": "ceb", "chinese": "zh", "croatian": "hr", "cymraeg": "cy", "czech": "cs", "čeština": "cs",
    "dansk": "da", "danish": "da", "deutsch": "de", "dutch": "nl", "english": "en", "español": "es",
    "esperanto": "eo", "estonian": "et", "faroese": "fo", "farsi": "fa", "filipino": "fil", "finnish": "fi",
    "flemish": "nl", "français": "fr", "french": "fr", "gaelic": "gd", "galician": "gl", "georgian": "ka",
    "german": "de", "greek": "el", "gujarati": "gu", "hausa": "ha", "hebrew": "he", "hindi": "hi",
    "hungarian": "hu", "icelandic": "is", "igbo": "ig", "indonesian": "id", "irish": "ga", "italian": "it",
    "italiano": "it", "japanese": "ja", "javanese": "jv", "kannada": "kn", "kazakh": "kk", "khmer": "km",
    "korean": "ko", "kurdish": "ku", "latin": "la", "latvian": "lv", "lithuanian": "lt",
    "luxembourgish": "lb", "macedonian": "mk", "magyar": "hu", "malagasy": "mg", "malay": "ms",
    "malayalam": "ml", "maltese": "mt", "mandarin": "zh", "maori": "mi", "marathi": "mr", "mongolian": "mn",
    "nederlands": "nl", "nepali": "ne", "norsk": "no", "norwegian": "no", "nynorsk": "nn", "occitan": "oc",
    "pashto": "ps", "persian": "fa", "polish": "pl", "polski": "pl", "português": "pt", "portuguese": "pt",
    "punjabi": "pa", "quechua": "qu", "română": "ro", "romanian": "ro", "russian": "ru", "sanskrit": "sa",
    "serbian": "sr", "sinhala": "si", "sinhalese": "si", "slovak": "sk", "slovene": "sl", "slovenian": "sl",
    "somali": "so", "spanish": "es", "suomi": "fi", "svenska": "sv", "swahili": "sw", "swedish": "sv",
    "tagalog": "tl", "tamil": "ta", "telugu": "te", "thai": "th", "tibetan": "bo", "turkish": "tr",
    "türkçe": "tr", "ukrainian": "uk", "urdu": "ur", "uzbek": "uz", "vietnamese": "vi", "welsh": "cy",
    "xhosa": "xh", "yiddish": "yi", "yoruba": "yo", "zulu": "zu", "русский": "ru", "українська": "uk",
    "日本語": "ja", "中文": "zh", "한국어": "ko", "ancient greek": "grc", "middle english": "enm",
    "modern greek": "el", "old english": "ang", "scottish gaelic": "gd", "norwegian bokmål": "nb",
    "norwegian nynorsk": "nn", "brazilian portuguese": "pt", "simplified chinese": "zh",
    "traditional chinese": "zh",
}  # fmt: skip


@lru_cache(maxsize=2048)
def language(text: str) -> str | None:
    """The code of one language: ``eng``, ``en-US``, ``/languages/eng`` or ``English`` in, ``en`` out.

    Knows the bibliographic codes of MARC and ISO 639-2/B, withdrawn ones too, every code of the IANA registry
    (https://www.iana.org/assignments/language-subtag-registry), and the usual names. Region and script are
    left off; a single language stands as its macro language (``cmn`` as ``zh``). None for what is unknown,
    undetermined or several languages at once.
    """
    said = text.strip().casefold().rpartition("/")[2]
    if said in NO_LANGUAGE:
        return None
    return WITHDRAWN.get(said) or NAMES.get(said) or _registered(said)


def _registered(code: str) -> str | None:
    try:
        standard = standardize_tag(code, macro=True)
        known = Language.get(standard)
    except ValueError:  # no well-formed tag
        return None
    if known.language is None or known.language in NO_LANGUAGE or not known.is_valid():
        return None
    return known.language
