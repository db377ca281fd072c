"""Chat templates in the manner of the families that people use, written for these tests.

Together they do what real ones do: refuse roles, move the system message, trim, drop what was
thought earlier, write another opening than the answer gets, mark what was generated.
"""

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content or '' }}"
    "{% for c in m.tool_calls or [] %}<call>{{ c | tojson }}</call>{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA_2 = (
    "{% set offset = 1 if messages[0].role == 'system' else 0 %}"
    "{% for m in messages[offset:] %}"
    "{% if m.role == 'user' %}{{ bos_token }}[INST] "
    "{% if loop.first and offset %}<<SYS>>\n{{ messages[0].content }}\n<</SYS>>\n\n{% endif %}"
    "{{ m.content | trim }} [/INST]"
    "{% else %} {{ (m.content or '') | trim }} {{ eos_token }}{% endif %}{% endfor %}"
)
LLAMA_3 = (
    "{{ bos_token }}{% set date = strftime_now('%d %b %Y') %}"
    "<|h|>system<|/h|>\n\nToday: {{ date }}\n\n"
    "{% if messages[0].role == 'system' %}{{ messages[0].content | trim }}"
    "{% set messages = messages[1:] %}{% endif %}<|eot|>"
    "{% for m in messages %}<|h|>{{ m.role }}<|/h|>\n\n{{ (m.content or '') | trim }}<|eot|>{% endfor %}"
    "{% if add_generation_prompt %}<|h|>assistant<|/h|>\n\n{% endif %}"
)
MISTRAL = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}"
    "{% if loop.last and tools %}[TOOLS] {{ tools | tojson }}[/TOOLS]{% endif %}"
    "[INST] {{ m.content }} [/INST]{% elif m.role == 'assistant' %} {{ m.content or '' }}{{ eos_token }}"
    "{% elif m.role == 'tool' %}[RESULT] {{ m.content }}[/RESULT]"
    "{% else %}[INST] {{ m.content }}\n\n{% endif %}{% endfor %}"
)
GEMMA = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}<turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
    "{{ (m.content or '') | trim }}</turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<turn>model\n{% endif %}"
)
PHI = (
    "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content or '' }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% else %}{{ eos_token }}{% endif %}"
)
ZEPHYR = (
    "{% for m in messages %}\n<|{{ m.role }}|>\n{{ (m.content or '') + eos_token }}\n"
    "{% if loop.last and add_generation_prompt %}<|assistant|>{% endif %}\n{% endfor %}"
)
# Opens an answer with a thought, and keeps no thought of any answer.
DEEPSEEK = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}<U>{{ m.content }}"
    "{% elif m.role == 'assistant' %}{% set c = m.content or '' %}"
    "{% if '</think>' in c %}{% set c = c.split('</think>')[-1] %}{% endif %}<A>{{ c }}{{ eos_token }}"
    "{% else %}{{ m.content }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<A><think>\n{% endif %}"
)
# Keeps the thoughts after the last question only, and gives every such answer some.
QWEN_3 = (
    "{% set ns = namespace(last=-1) %}"
    "{% for m in messages %}{% if m.role == 'user' %}{% set ns.last = loop.index0 %}{% endif %}{% endfor %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' %}{% set c = m.content or '' %}"
    "{% set r = m.reasoning_content or '' %}"
    "{% if not r and '</think>' in c %}{% set r = c.split('</think>')[0].split('<think>')[-1].strip() %}"
    "{% set c = c.split('</think>')[-1].lstrip('\n') %}{% endif %}"
    "{% if loop.index0 > ns.last %}<think>\n{{ r }}\n</think>\n\n{% endif %}{{ c }}"
    "{% for t in m.tool_calls or [] %}<tool_call>{{ t | tojson }}</tool_call>{% endfor %}"
    "{% elif m.role == 'tool' %}<tool_response>{{ m.content }}</tool_response>"
    "{% else %}{{ m.content }}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# Knows no opening for an answer.
VICUNA = (
    "{% if messages[0].role == 'system' %}{{ messages[0].content }} {% endif %}"
    "{% for m in messages %}{% if m.role == 'user' %}USER: {{ m.content }} "
    "{% elif m.role == 'assistant' %}ASSISTANT: {{ m.content or '' }}{{ eos_token }}{% endif %}{% endfor %}"
)
COMMAND_R = (
    "{{ bos_token }}{% for m in messages %}<|T|>"
    "{{ {'user': '<|U|>', 'assistant': '<|C|>', 'system': '<|S|>'}[m.role] }}"
    "{{ (m.content or '').strip() }}<|/T|>{% endfor %}"
    "{% if add_generation_prompt %}<|T|><|C|>{% endif %}"
)
# The turns must alternate, and the last answer is not ended.
STRICT = (
    "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate user/assistant') }}{% endif %}"
    "{% if m.role == 'user' %}Q: {{ m.content | trim }}\n"
    "{% else %}A: {{ (m.content or '') | trim }}{% if not loop.last %}{{ eos_token }}\n{% endif %}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}A:{% endif %}"
)
MARKED = (
    "{% for m in messages %}{% if m.role == 'assistant' %}<a>"
    "{% generation %}{{ m.content or '' }}{{ eos_token }}{% endgeneration %}\n"
    "{% else %}<{{ m.role }}>{{ m.content }}\n{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<a>{% endif %}"
)
TOOLS = (
    "{% if tools %}<tools>{% for t in tools %}{{ t | tojson }}{% endfor %}</tools>\n{% endif %}"
    "{% for m in messages %}[{{ m.role }}]{% if m.content %}{{ m.content }}{% endif %}"
    "{% for c in m.tool_calls or [] %}{{ c.function.name }}({{ c.function.arguments | tojson }}){% endfor %}"
    "[/]{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}"
)

FAMILIES = {
    "chatml": CHATML,
    "llama-2": LLAMA_2,
    "llama-3": LLAMA_3,
    "mistral": MISTRAL,
    "gemma": GEMMA,
    "phi": PHI,
    "zephyr": ZEPHYR,
    "deepseek": DEEPSEEK,
    "qwen-3": QWEN_3,
    "vicuna": VICUNA,
    "command-r": COMMAND_R,
    "strict": STRICT,
    "marked": MARKED,
    "tools": TOOLS,
}
