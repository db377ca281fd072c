"""English stop words, and the words that every instruction has in common. Our own list."""

_FUNCTION = """
a about above across after again against all almost alone along already also although always am
among an and another any anybody anyone anything anywhere are aren't around as at away back be
became because become becomes been before behind being below between both but by can can't cannot
could couldn't did didn't do does doesn't doing don't done down due during each either else enough
etc even ever every everybody everyone everything everywhere few first for from further get gets
getting go goes going got had hadn't has hasn't have haven't having he he's her here hers herself
him himself his how however i i'd i'll i'm i've if in indeed instead into is isn't it it's its
itself just last least less let let's like likely made make makes making many may maybe me might
mine more moreover most mostly much must mustn't my myself near nearly need needs neither never
nevertheless next no nobody none nor not nothing now nowhere of off often oh ok okay on once one
only onto or other others otherwise our ours ourselves out over own per perhaps quite rather really
same say says see seem seemed seems several shall she should shouldn't since so some somebody
someone something sometimes somewhere still such take than that that's the their theirs them
themselves then thence there therefore these they they're this those though through throughout thus
to together too toward towards under unless until up upon us use used uses using usually very via
was wasn't we we'd we'll we're we've well were weren't what what's whatever when where whereas
wherever whether which while who whoever whole whom whose why will with within without won't would
wouldn't yes yet you you'd you'll you're you've your yours yourself yourselves
"""
_INSTRUCTION = """
answer answers appropriate based choose complete consider correct create describe explain fill find
following give given generate identify input instruction output please provide question questions
read respond response sentence sentences tell text two three write
"""

FUNCTION_WORDS = frozenset(_FUNCTION.split())
STOP_WORDS = FUNCTION_WORDS | frozenset(_INSTRUCTION.split())
