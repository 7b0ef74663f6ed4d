"""Step resolve: rows of the rosters in, a township out, and who answers for whom in it.

Repairs what can be repaired, and lists each repair and each doubt with its cell.
"""

from cardgen.resolve.answers import Answers
from cardgen.resolve.chains import SCOPE_WORDS, Chains, distance
from cardgen.resolve.codes import pinyin_initials
from cardgen.resolve.explain import explain, reason_of
from cardgen.resolve.identity import find_secrets
from cardgen.resolve.places import natural_key, place_key
from cardgen.resolve.township import resolve_township, with_problems
from cardgen.resolve.walking import in_walking_order, village_order, walking_key

__all__ = [
    "SCOPE_WORDS",
    "Answers",
    "Chains",
    "distance",
    "explain",
    "find_secrets",
    "in_walking_order",
    "natural_key",
    "pinyin_initials",
    "place_key",
    "reason_of",
    "resolve_township",
    "village_order",
    "walking_key",
    "with_problems",
]
