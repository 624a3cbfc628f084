"""Renders a folder of chat templates with Jinja2, which is the oracle of TestTemplatesOfOthers, and writes templates.json.

    python3 -m venv v && v/bin/pip install jinja2==3.1.6 && v/bin/pip install --no-deps trl==1.16.0
    v/bin/python render.py v/lib/python3*/site-packages/trl/chat_templates > templates.json
    ATHANOR_CHAT_TEMPLATES=v/lib/python3*/site-packages/trl/chat_templates go test ..

The conversations are ours. Of the templates, which are others', and of what they render only hashes are kept. With a second
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
    "nobody": (say(), True),
}
VARS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def main(folder, out=None):
    all = {}
    for path in sorted(pathlib.Path(folder).glob("*.jinja")):
        source = path.read_bytes().decode()
        template = env.from_string(source)
        renders = {}
        for name, (messages, generate) in CASES.items():
            try:
                text = template.render(messages=messages, add_generation_prompt=generate, tools=None, documents=None, **VARS)
                renders[name] = sha(text)
            except Exception as e:
                text, renders[name] = f"{type(e).__name__}: {e}", "error"
            if out:
                p = pathlib.Path(out) / path.stem
                p.mkdir(parents=True, exist_ok=True)
                (p / f"{name}.txt").write_text(text, encoding="utf-8", newline="")
        all[path.name] = {"template": sha(source), "renders": renders}
    cases = {n: {"messages": m, "generate": g} for n, (m, g) in CASES.items()}
    json.dump({"versions": "jinja2 3.1.6, trl 1.16.0", "vars": VARS, "cases": cases, "templates": all}, sys.stdout, ensure_ascii=False, indent=1)
    print()


main(*sys.argv[1:])
