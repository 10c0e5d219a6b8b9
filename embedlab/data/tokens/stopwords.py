"""Stop words: function words that say little about what a text is about."""

_ENGLISH = """
a about above across after again against all almost along already also although always am among an and another any
anybody anyone anything are aren't around as at away back be became because become becomes been before behind being
below beneath beside besides between beyond both but by can can't cannot could couldn't did didn't do does doesn't
doing don't done down during each either else enough etc even ever every everybody everyone everything except few for
from further had hadn't has hasn't have haven't having he he'd he'll he's hence her here here's hers herself him
himself his how however i i'd i'll i'm i've if in indeed instead into is isn't it it'd it'll it's its itself just least
less let's like many may maybe me meanwhile might mine more moreover most much must mustn't my myself near neither
never nevertheless no nobody none nor not nothing now nowhere of off often on once one ones only onto or other others
otherwise ought our ours ourselves out over own per perhaps quite rather same several shall she she'd she'll she's
should shouldn't since so some somebody someone something sometimes somewhere still such than that that's the their
theirs them themselves then there there's therefore these they they'd they'll they're they've thing things this those
though through throughout thus till to together too toward towards under unless until up upon us very was wasn't we
we'd we'll we're we've were weren't what what's whatever when whenever where where's whereas wherever whether which
while who who's whoever whole whom whose why will with within without won't would wouldn't yet you you'd you'll you're
you've your yours yourself yourselves
"""

STOPWORDS: dict[str, frozenset[str]] = {
    "none": frozenset(),
    "english": frozenset(_ENGLISH.split()),
}
