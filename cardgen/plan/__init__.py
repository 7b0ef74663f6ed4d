"""Step plan: township, campaign and selection in; numbered copies in walking order out.

`copies` makes the plan of one layout; `sources` knows what each kind of subject is: which
there are, who answers for them, what a template may read of them and what the finished paper
must show. A copy that cannot be right is held back here, with its reasons.
"""

from cardgen.plan.copies import SHEETS_A_VOLUME, Plan, number_of, problems_of
from cardgen.plan.filenames import slugs
from cardgen.plan.leads import Handed, Lead, Leads
from cardgen.plan.selection import Selection
from cardgen.plan.sources import Answers, Delivery

__all__ = [
    "SHEETS_A_VOLUME",
    "Answers",
    "Delivery",
    "Handed",
    "Lead",
    "Leads",
    "Plan",
    "Selection",
    "number_of",
    "problems_of",
    "slugs",
]
