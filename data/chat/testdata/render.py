"""Renders a folder of chat templates with Jinja2, which is the oracle of TestTemplatesOfOthers, and writes templates.json.

    python3 -m venv v && v/bin/pip install jinja2==3.1.6 && v/bin/pip install --no-deps trl==1.16.0
    v/bin/python render.py v/lib/python3*/site-packages/trl/chat_templates > templates.json
    ATHANOR_CHAT_TEMPLATES=v/lib/python3*/site-packages/trl/chat_templates go test ..

The conversations and the snippets are ours. Of the templates, which are others', and of what they render only hashes are kept. With a second
argument the renders themselves are written into that folder, to look at where a hash differs.
"""

import datetime, hashlib, json, pathlib, sys
from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(Extension):
    """Renders {% generation %} as what it holds."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.Scope(body).set_lineno(line)


def raise_exception(message):
    raise TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"])
env.filters["tojson"] = tojson
env.globals["raise_exception"] = raise_exception
env.globals["strftime_now"] = lambda f: datetime.datetime(2026, 2, 3, 4, 5, 6).strftime(f)


def say(*turns):
    return [{"role": r, "content": c} for r, c in turns]


CASES = {
    "question": (say(("user", "What is two and two?")), True),
    "answer": (say(("user", "What is two and two?"), ("assistant", "Four.")), False),
    "system": (say(("system", "You are terse."), ("user", "Hello!"), ("assistant", "Hi."), ("user", "Bye")), True),
    "turns": (say(("user", "one"), ("assistant", "two"), ("user", "three"), ("assistant", "four"), ("user", "five"), ("assistant", "six")), False),
    "blanks": (say(("user", "  lead and trail \n"), ("assistant", "\n\n a\tb  \n\n")), False),
    "signs": (say(("user", "naïve “日本” <b>&amp;</b> 'x' \"y\" {{ z }} {% q %} \\n"), ("assistant", "🙂 $1 & </b> it's")), False),
    "thinking": (say(("user", "Why?"), ("assistant", "<think>\nbecause\n</think>\n\nSo."), ("user", "Sure?")), True),
    "empty": (say(("user", ""), ("assistant", "")), False),
    "two users": (say(("user", "a"), ("user", "b"), ("assistant", "c")), False),
    "assistant first": (say(("assistant", "Welcome."), ("user", "Thanks")), True),
    "stranger": (say(("user", "a"), ("narrator", "b")), True),
}
# Small templates of ours, for what templates do with blanks, strings, conditions and functions.
SNIPPETS = [
    "{% for m in messages %}\n  {% if loop.first %}\n    first\n  {% endif %}\n{{ m.role }}\n{% endfor %}\n",
    "a {%- if true %} b {% endif -%}   c\n  {#- note -#}\n d {{- 'e' -}} \n f\n\n",
    "{% if true %} x{% if true %} {% endif %}y {% endif %}z",
    "  {%+ if true %}kept{% endif %}\n  {% set a = 1 +%}\nnot trimmed",
    "  {# gone #}\nline\n\t{# gone too #}\nlast\r\n",
    "{% raw %}{{ not }} {% this %}{% endraw %}\n{%- raw -%}  x {{ y }} {%- endraw -%} z",
    r"""{{ 'a\nb\\n\'q\'' }}{{ "\\" }}{{ "\u00e9\x41\d" }}{{ "x" 'y' "z" }}{{ "}}" ~ "{%" }}""",
    "{{ {'a': {'b': 1}}['a']['b'] }}{{ [1, [2]][1][0] }}{{ (1, 2)[1] }}",
    "{{ ('one' if messages | length > 3 else 'two') + '!' }}{{ ('x' if false) }}{{ [1 if true else 2, 3] | length }}",
    "{% set x = 'a' if false else 'b' if false else 'c' %}{{ x }}{{ x | upper if x is defined else 'no' }}",
    "{% for m in messages if m.role == 'user' %}{{ loop.index }}/{{ loop.length }} {{ m.content }}{{ ', ' if not loop.last }}{% endfor %}",
    "{% set ns = namespace(n=0, s='') %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% set ns.s = ns.s + m.role[0] %}{% endfor %}{{ ns.n }} {{ ns.s }}",
    "{% for m in messages %}{% if loop.index == 2 %}{% continue %}{% endif %}{% if loop.index == 4 %}{% break %}{% endif %}{{ m.content }}{% endfor %}",
    "{% macro turn(m, mark='*') %}{{ mark }}{{ m.content if m.content else 'none' }}{% endmacro %}{{ turn(messages[0]) }}{{ turn(messages[1], mark='-') }}",
    "{% macro m(x) -%}\n  {% generation %}{{ x }}{% endgeneration %}\n{%- endmacro %}{{ m('said') }}",
    "{% for m in messages[::-1] %}{{ m['content'] }} {% endfor %}{% for m in messages[1:3] %}{{ m.content }}{% endfor %}{{ messages[-1].content }}",
    "{{ messages[0].name is defined }} {{ messages[0].name | default('nobody') }} {{ tools is none }} {{ 'role' in messages[0] }} {{ x is not defined }}",
    "{{ ' a '.strip() }}|{{ 'a,b'.split(',')[-1] }}|{{ 'abc'.startswith('ab') }}|{{ ''.endswith('x') }}|{{ 'abc'.endswith(('x', 'c')) }}|{{ 'a' * 3 }}",
    "{{ strftime_now('%d %b %Y') }}{% set d = namespace(v=[]) %}{% set d.v = d.v + ['q'] %}{{ d.v | join('+') }}{{ 'x' | replace('x', 'y') }}",
    "{{ {'a': [1, 2.5, true, none], 'b': 'é<&>\\'\\\"'} | tojson }}\n{{ [1, {'k': []}] | tojson(indent=2) }}{{ {} | tojson }}",
    "{{ 7 // 2 }} {{ 7 % 4 }} {{ 1 + 2 * 3 }} {{ not true or true }} {{ 1 < 2 and 2 >= 2 }} {{ 'a' ~ 1 }} {{ -1 | abs }}",
    "{% set block %}\n  in a block\n{% endset %}[{{ block | trim }}]{% with y = 2 %}{{ y }}{% endwith %}{% filter upper %}loud{% endfilter %}",
]
VARS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


def parts(messages):
    return [{"role": m["role"], "content": [{"type": "text", "text": m["content"]}]} for m in messages]


def wants_parts(template):
    """Whether the template reads a message as a list of parts and not as a text."""

    def says(shape):
        try:
            return "probe" in template.render(messages=shape(say(("user", "probe"), ("assistant", "probe"))), tools=None, documents=None)
        except Exception:
            return False

    return not says(lambda m: m) and says(parts)


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def main(folder, out=None):
    all = {}
    for path in sorted(pathlib.Path(folder).glob("*.jinja")):
        source = path.read_bytes().decode()
        template = env.from_string(source)
        shape = parts if wants_parts(template) else lambda m: m
        renders = {}
        for name, (messages, generate) in CASES.items():
            try:
                text = template.render(messages=shape(messages), add_generation_prompt=generate, tools=None, documents=None, **VARS)
                renders[name] = sha(text)
            except Exception as e:
                text, renders[name] = f"{type(e).__name__}: {e}", "error"
            if out:
                p = pathlib.Path(out) / path.stem
                p.mkdir(parents=True, exist_ok=True)
                (p / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
        all[path.name] = {"template": sha(source), "renders": renders}
    snippets = []
    for source in SNIPPETS:
        text = env.from_string(source).render(messages=CASES["turns"][0], add_generation_prompt=False, tools=None, documents=None, **VARS)
        snippets.append({"source": source, "text": text})
    cases = {n: {"messages": m, "generate": g} for n, (m, g) in CASES.items()}
    json.dump({"versions": "jinja2 3.1.6, trl 1.16.0", "vars": VARS, "cases": cases, "snippets": snippets, "templates": all}, sys.stdout, ensure_ascii=False, indent=1)
    print()


main(*sys.argv[1:])
