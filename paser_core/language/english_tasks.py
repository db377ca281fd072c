"""English verbs that begin instructions, sorted by the task that they ask for. Our own list.

The first of a line names the task; a verb with a particle is one entry (``work_out``). Verbs of the line
``give`` ask for something without saying what is to be done with it.
"""

_TASKS = """
write compose draft author pen craft create invent make_up come_up imagine narrate
rewrite reword rephrase paraphrase change convert transform turn rework put soften tighten restate
summarize summarise sum_up condense shorten abridge outline recap
classify categorize categorise label tag judge rate assess assign grade
extract pull copy copy_out pull_out pick_out locate quote
calculate compute evaluate work_out add subtract multiply divide solve sum derive integrate simplify
translate
explain describe define clarify elaborate illustrate interpret
compare contrast distinguish differentiate
sort order rank arrange
list enumerate
count tally
reverse
edit correct fix proofread improve revise punctuate
program code implement debug refactor
analyze analyse examine investigate
predict forecast estimate guess
recommend suggest advise propose
plan design organize organise schedule prepare
convince argue persuade debate discuss
complete fill continue finish fill_in
replace substitute insert remove delete
find identify detect spot determine figure_out decide choose pick select
name state
research look_up search
play pretend act role-play roleplay
brainstorm
prove verify check
draw sketch paint
build construct develop assemble
format
give provide tell show return get need want offer present supply output print display share make use take
say answer respond reply
generate produce
read consider think
help
match group split separate combine merge
test measure
ask
teach
cook bake
remember
"""


def _sorted(lines: str) -> dict[str, str]:
    tasks: dict[str, str] = {}
    for line in lines.split("\n"):
        for verb in line.split():
            tasks.setdefault(verb.replace("_", " "), line.split()[0])
    return tasks


TASKS = _sorted(_TASKS)  # verb -> the task that it asks for
VAGUE = frozenset(("give", "say", "help", "read", "find", "name", "generate", "format"))
PARTICLES = frozenset(("out", "up", "in", "down"))

# What a request may begin with before its verb, longest first.
OPENERS = tuple(
    sorted(
        (
            tuple(opener.split())
            for opener in """
please
kindly
now
then
and
also
just
first
next
finally
hi
hello
hey
so
ok
okay
dear assistant
can you
can you please
could you
could you please
would you
would you please
would you mind
will you
will you please
may i ask you to
i need you to
i want you to
i would like you to
i'd like you to
your task is to
your job is to
the task is to
you are asked to
you have to
you need to
you must
you should
try to
help me to
help me
let's
let us
i am trying to
i'm trying to
i need to
i want to
i would like to
i'd like to
""".strip().split("\n")
        ),
        key=lambda words: (-len(words), words),
    )
)
# Wanting a thing is asking to be given it.
WANTS = (("i", "need"), ("i", "want"), ("i", "would", "like"), ("i'd", "like"), ("looking", "for"))
ASKING = frozenset(
    ("who", "whom", "whose", "which", "what", "where", "when", "why", "how", "whether")
)
_AUXILIARY = """
is are was were am do does did can could will would shall should must may might has have had isn't
aren't don't doesn't didn't can't
"""
_DETERMINERS = """
a an the this that these those my your our their its his her some any each every all both no one two
three four five six seven eight nine ten several many few
"""
AUXILIARY = frozenset(_AUXILIARY.split())
DETERMINERS = frozenset(_DETERMINERS.split())
SINGLE = frozenset(("a", "an", "one", "each", "every"))  # one of many
THE = frozenset(("the", "this", "that", "its", "their"))
PREPOSITIONS = frozenset(
    ("into", "in", "to", "from", "of", "about", "with", "for", "on", "as", "by", "at")
)
