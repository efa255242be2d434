"""Words that say nothing about what a comment is about, English and Welsh, as people type them."""

__all__ = ["STOP_WORDS"]

_ENGLISH = """
a about above absolutely across after again against ago all almost alone along already alright also
although always am among an and another any anybody anyone anything anyway are aren't around as at
away back basically be became because been before behind being below between both but by came can
can't cannot cant come comes coming could couldn't couldnt currently definitely did didn't didnt do
does doesn't doesnt doing don't done dont down during each either else ended enough etc even ever
every everybody everyone everything exactly far few for from further gave get gets getting give
given gives giving go goes going gone gonna got gotten had hadn't half has hasn't hasnt have
haven't havent having he he's hence her here here's hers herself him himself his how how's however
i i'd i'll i'm i've if ill im in instead into is isn't isnt it it's its itself ive just keep keeps
kept knew know known knows least less let let's like likely literally lot lots made make makes
making many may maybe me mean might mine more most much must my myself near nearly need needed
needs neither never next no nobody none nor not nothing now nowhere obviously of off often oh ok
okay on once one ones only onto or other others otherwise ought our ours ourselves out over own
part per perhaps please pls plus put quite rather really recently right said same saw say saying
says see seem seemed seems seen several shall she she's should shouldn't shouldnt since so some
somebody someone something sometimes somewhere soon sort still stuff such suddenly sure take taken
takes taking than that that'll that's thats the their theirs them themselves then there there'll
there's therefore theres these they they're they've theyre thing things think this those though
thought three through throughout till to today together told too took totally toward towards tried
try trying two u under unless until up upon ur us use used uses using usually very via want wanted
wants was wasn't wasnt way we we'll we're we've well went were weren't what what's whatever when
when's whenever where where's wherever whether which while who who's whoever whole whom whose why
will with within without won't wont would wouldn't wouldnt yes yesterday yet you you'd you'll
you're you've your youre yours yourself
"""

_WELSH = """
a a'r ac ag am ambell amdanaf amdano amdanom amdanynt ar arall arnaf arno at atom bod bu bues byd
bydd byddaf byddai byddwn byth cael caf cafodd caiff ces chi chwi cyn dach daeth dal dan ddim
ddylai ddylid dim diolch doedd does dros drwy dw dw'n dwi dwn dydi dydw dydy dylai dylwn dyma dyna
ei eich ein eisiau eraill ers eto eu fawr fel felly fi fo fod fy fydd fyddai fyny gael gafodd gall
gallu gan ganddo gen gennyf ges gwbl gwneud gyda gyfer heb hefo hefyd hi hollol hon honno hun hwn
hyd hyn hynna hynny hynod i i'n i'r ia iawn iddi iddo iddyn ie imi ini jyst llawer mae mae'n mae'r
maen mai mewn mi mo mor mwy myfi na nad naddo nage nawr neb nes neu nhw ni nid nis nôl o o'n o'r
oddi oedd oedden oeddwn oes ohono oll ond os pa pam pan pawb pe peth popeth pryd pwy rhag rhai
rhaid rhwng rhy roedd roeddwn rwan rwy rwy'n rwyf rydw rydym rŵan sut sy sy'n sydd tan ti trwy tu
tua un unrhyw wedi wedyn wel wnaeth wnes wrth wyf y ych ychydig ydi ydw ydy ydych ydyn ym yma
ymlaen yn yna yng yr yw â ô
"""

STOP_WORDS = frozenset((_ENGLISH + _WELSH).split())
