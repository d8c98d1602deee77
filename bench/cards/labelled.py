"""Blocks of notes, messages and code, each labelled by hand: would a learner accept the card that it comes to?

Written for this purpose in the manner of real notes, good and bad. A label is about the block: ``+`` when a card of it is
worth learning, ``-`` when it is not and none should be suggested.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """A block in a document of its own."""

    language: str  #: markdown, latex, message, python
    text: str
    good: bool


QA = """
+ What does the second law of thermodynamics say? | The entropy of an isolated system never decreases.
+ Who proved the incompleteness theorems? | Kurt Gödel, in 1931.
+ What is the capital of Mongolia? | Ulaanbaatar
+ Which protocol does DNS use below it? | UDP on port 53, TCP for long answers.
+ What is the time complexity of heapsort? | $O(n \\log n)$ in every case.
+ When did the Western Roman Empire end? | 476
+ How does a transistor amplify? | A small current at the base controls a large one from collector to emitter.
+ What is a closure? | A function together with the variables of the scope in which it was made.
+ What does ACID stand for? | Atomicity, consistency, isolation, durability.
+ Why is the sky blue? | Short waves are scattered more by the molecules of air.
+ What is the derivative of $\\sin x$? | $\\cos x$
+ Which vitamin is made in the skin? | Vitamin D
+ What is the difference between a process and a thread? | Threads share the memory of their process.
+ How many chromosomes does a human cell have? | 46
+ What is a mutex? | A lock that one thread at a time may hold.
+ Name the three states of matter. | Solid, liquid, gas
+ What does `git rebase` do? | It puts commits on top of another base, as new commits.
+ Which law relates voltage and current? | Ohm's law: $U = R I$
+ What is the powerhouse of the cell? | The mitochondrion
+ What is a prime number? | A number above 1 that only 1 and itself divide.
+ What does the C in CAP mean? | That every read sees the latest write, or fails.
+ When is a matrix invertible? | When its determinant is not zero.
+ What is inflation? | A lasting rise of the general level of prices.
+ What happens in mitosis? | A nucleus divides into two with the same chromosomes.
+ Which port does HTTPS use? | 443
- What about the exam? | TODO ask
- ??? | hm
- Is this right? | See above.
- What does the above formula mean? | That energy is conserved.
- TODO find out about enzymes? | not yet
- Entropy? | Entropy
- What was said in the lecture? | As described above, it depends on the previous point.
"""

TERMS = """
+ Osmosis | diffusion of a solvent through a membrane
+ HTTP | the protocol by which browsers ask for pages
+ Idempotent | said of an operation that may be repeated without another effect
+ Mitochondrion | the part of a cell that makes ATP
+ Big O | an upper bound of growth
+ Photosynthesis | making sugar out of light, water and carbon dioxide
+ Monopoly | a market with one seller
+ Derivative | the limit of the quotient of differences
+ RAID 5 | blocks striped over disks with parity spread over all
+ Hash table | a map from keys to buckets by a hash function
+ Enzyme | a protein that speeds a reaction up
+ Sonnet | a poem of fourteen lines
+ Deadlock | two or more wait for one another for ever
+ Isotope | an atom of an element with another number of neutrons
+ Opportunity cost | what the best alternative would have brought
+ Vector space | a set with an addition and a scaling that obey eight axioms
+ Foreign key | a column that refers to the key of another table
+ Catalyst | a substance that speeds up a reaction and is not used up
+ Stoicism | a school of philosophy that holds virtue to be the only good
+ TLS | a protocol that encrypts a connection and proves who the server is
- TODO | write this section
- Note | see above
- Homework | TBD
- Osmosis again | osmosis again
- Remember | as mentioned above
"""

CLOZES = """
+ The ==mitochondrion== makes ATP.
+ Water boils at {{c1::100 °C}} at sea level.
+ The French Revolution began in ==1789==.
+ A ==stack== is last in, first out; a ==queue== is first in, first out.
+ Newton's second law: $F = $ ==$ma$==
+ The ==hippocampus== forms new memories.
+ TCP opens a connection with a ==three-way handshake==.
+ In Rust, each value has exactly one ==owner==.
+ The ==Krebs cycle== takes place in the matrix.
+ DNA is read from ==5' to 3'==.
+ {{c1::Kant}} wrote the Critique of Pure Reason.
+ Gold has the symbol ==Au==.
- This is ==important==, see above.
- ==TODO== write about enzymes.
"""

HEADINGS = """
+ What is a monad? | A monoid in the category of endofunctors.
+ Why do we sleep? | To clear waste from the brain and to settle what was learnt.
+ Ribosome | A ribosome is a machine that makes proteins from messenger RNA.
+ How does TCP avoid congestion? | It grows its window slowly, and halves it when a packet is lost.
+ Gradient descent | Gradient descent is a method that follows the slope of a loss downwards, step by step.
+ Polymorphism | Polymorphism means that one name stands for several implementations.
+ Bayes' theorem | Bayes' theorem describes how to change a belief by evidence.
+ When is a set compact? | When every open cover of it has a finite one.
+ Mercantilism | Mercantilism is the doctrine that a nation grows rich by selling more than it buys.
+ Garbage collection | Garbage collection is the freeing of memory that nothing refers to any more.
- Introduction | These notes follow the lecture of the winter term.
- Links | [Slides](https://example.org)
- Installation | Run `make install` and wait.
- Week 3 | We went on with integrals.
- To do | Read chapter five, ask about proofs.
- License | MIT
- Summary | It was a long chapter with many parts.
- What next? | TODO
- Contributing | Open a pull request against main.
"""

LATEX = r"""
+ definition | Open set | A set $U$ is \emph{open} if every point has a ball in $U$.
+ definition | | A \emph{metric} is a function $d$ with three properties: symmetry, positivity, triangle inequality.
+ definition | Group | A set with an associative operation, a unit and inverses.
+ definition | | A \textbf{prime ideal} is an ideal $P$ such that $ab \in P$ implies $a \in P$ or $b \in P$.
+ definition | Continuity | For every $\epsilon > 0$ there is a $\delta > 0$ such that $|f(x) - f(y)| < \epsilon$.
+ definition | Random variable | A measurable map from $\Omega$ to $\mathbb{R}$.
+ definition | Eigenvalue | A scalar $\lambda$ with $Av = \lambda v$ for some $v \neq 0$.
+ definition | | The \emph{work} of a force along a path is $\int F \cdot ds$.
+ theorem | Heine--Borel | A subset of $\mathbb{R}^n$ is compact iff it is closed and bounded.
+ theorem | Lagrange | The order of a subgroup divides the order of the group.
+ theorem | Bolzano--Weierstrass | Every bounded sequence has a convergent subsequence.
+ theorem | Central limit theorem | Sums of independent variables become normal.
+ theorem | Noether | Every symmetry has a conserved quantity.
+ lemma | Zorn | If every chain has an upper bound, there is a maximal element.
+ lemma | Gauss | The product of primitive polynomials is primitive.
+ proposition | Uniqueness of limits | In a Hausdorff space a sequence has at most one limit.
+ corollary | Fermat's little theorem | $a^p \equiv a \pmod p$
+ axiom | Choice | Every family of non-empty sets has a choice function.
+ example | A continuous function that is nowhere differentiable | $\sum a^n \cos(b^n \pi x)$
+ definition | Entropy | $S = k \ln W$
+ theorem | Gauss's law | $\oint E \cdot dA = Q / \epsilon_0$
+ definition | Sheaf | A presheaf in which sections that agree glue in exactly one way.
- definition | | TODO copy from the board.
- definition | Later | TBD
- theorem | | See above.
- remark | | We will need this later.
- example | | Take $x = 1$.
- lemma | | This follows from the above.
- theorem | Main | TODO
- note | | The lecture was cancelled.
"""

MESSAGES = """
+ Retry uploads only once | A second retry doubled the load on a server that was failing already, because every client retried at the same time.
+ Sort keys before hashing | Without an order the digest differed between processes, which led to cache misses on every start.
+ Close the cursor in a finally block | Otherwise the connection stayed open when a row could not be parsed, and the pool ran dry after an hour.
+ Use a tuple for the cache key | Lists are not hashable, so that the look-up failed with a TypeError instead of a miss.
+ Read the clock once per batch | Reading it for each row made rows of one batch differ, which broke the grouping by minute.
+ Pin the time zone of reports | Reports were grouped by local days because the server took its zone from the machine it ran on.
+ Keep the lock while settling | The lock is held until the end, since otherwise a second worker would write the same rows twice.
+ Compare digests in constant time | A plain comparison stops at the first difference, which would otherwise tell an attacker how much was right.
+ Limit the depth of recursion | Deeply nested lists crashed the parser due to the recursion limit of the interpreter.
+ Batch the inserts by thousand | One statement for each row took minutes instead of seconds on a slow disk.
+ Escape brackets in titles | Anki takes square brackets for sounds, which caused titles to vanish from cards.
+ Wait for the reply before closing | The server dropped the request when the client closed early, because it checks the socket before it writes.
+ Prefer ETag to Last-Modified | Dates have a resolution of a second, so that two changes within one were taken for one.
+ Store money as integers | Floats lose cents when they are added up, which led to invoices that did not match their lines.
+ Check the suffix after the redirect | The first address says nothing about the file, because mirrors rename it on the way.
- Update dependencies | Bumped because the bot asked for it.
- Fix typo | Fixed because it was wrong.
- Fix tests | This commit fixes the tests instead of skipping them, see above.
- WIP on the parser | TODO clean this up because it is ugly at the moment.
- Merge feedback from review | Changed as discussed, due to the comments in the pull request of yesterday.
- Bump version | Because of the release.
- Clean up code | Renamed a few things because the names were bad.
"""

PYTHON = """
+ def retry_after(headers): | Seconds that a server asks to be left alone, from either form of the Retry-After header.
+ def fold(text): | Text in lower case without accents, as titles are compared by it.
+ class Lease: | A claim on a batch of runs that ends by itself unless its holder says that it is alive.
+ def bisect_batch(items, ask): | Find out which item of a failed batch is to blame by asking about halves.
+ def isbn13(isbn10): | The thirteen digits of a ten-digit number, with the check digit computed anew.
+ class Breaker: | Keeps callers from a provider in trouble, and lets one probe through after a while.
+ def jitter(seconds, chance): | A waiting time up to a fifth longer, so that clients do not come back all at once.
+ async def stream(query): | Rows as they arrive, without ever holding more than one page of them in memory.
+ def canonical(url): | The address without fragment, default port and tracking parameters.
+ class Outbox: | Messages written in the transaction of what they tell of, and sent after it has committed.
+ def shingles(text, size): | Overlapping runs of words by which near duplicates are found.
+ def commit_graph(refs): | Commits in an order in which parents always come before their children.
+ def escape_like(text): | Text in which percent and underscore stand for themselves in a LIKE pattern.
+ class Vacuum: | Gives back the space of deleted rows, a few pages at a time, while others write.
+ def percentile(values, share): | The value below which a share of all lies, interpolated between neighbours.
+ def dedupe(rows, key): | The first row for each key, in the order in which they came.
- def get_user(id): | Get the user by id.
- def _private(x): | Does a private thing that nobody outside should ever need to know about.
- def run(self): | Run.
- class Config: | Config class.
- def main(): | TODO write a docstring here.
- def set_name(name): | Sets the name.
- def to_json(self): | Convert to JSON.
- def test_it(): | Tests.
- def close(self): | Closes this.
- def helper(x): | See above.
"""


def samples() -> Iterator[Sample]:
    """All of them."""
    for good, (asked, answer) in _rows(QA):
        yield Sample("markdown", f"# Notes\n\nQ: {asked}\nA: {answer}\n", good)
    for good, (term, said) in _rows(TERMS):
        yield Sample("markdown", f"# Notes\n\n{term} :: {said}\n", good)
    for good, (text,) in _rows(CLOZES):
        yield Sample("markdown", f"# Notes\n\n{text}\n", good)
    for good, (title, body) in _rows(HEADINGS):
        yield Sample("markdown", f"# Notes\n\n## {title}\n\n{body}\n", good)
    for good, (kind, title, body) in _rows(LATEX):
        named = f"[{title}]" if title else ""
        yield Sample("latex", f"\\begin{{{kind}}}{named}\n{body}\n\\end{{{kind}}}\n", good)
    for good, (subject, body) in _rows(MESSAGES):
        yield Sample("message", f"{subject}\n\n{body}", good)
    for good, (head, said) in _rows(PYTHON):
        yield Sample("python", f'{head}\n    """{said}"""\n    ...\n', good)


def _rows(table: str) -> Iterator[tuple[bool, list[str]]]:
    for line in table.strip().splitlines():
        yield (
            line[0] == "+",
            [part.strip() for part in line[1:].split(" | ")] if "| |" not in line else _with_gap(line),
        )


def _with_gap(line: str) -> list[str]:
    kind, _, body = line[1:].partition("| |")
    return [kind.strip(), "", body.strip()]
