"""Pages for man, and completion for bash, of the tools that a user calls, from what they say of themselves.

    python3 tools/developer/tool_pages.py TOOLS_FOLDER VERSION DATE MAN_FOLDER COMPLETION_FOLDER TOOL...

TOOL is a name such as free_energy, of which the command is nixe-free-energy. `make install` calls it, with the folder of the
tools that it has installed.
"""

from __future__ import annotations

import argparse
import importlib
import re
import sys
import textwrap
from pathlib import Path

COMPLETION = """\
# What bash completes of {command}: options, their words, files. Made from the tool's own --help.
_{function}() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} words=''
    COMPREPLY=()
    case ${{COMP_WORDS[COMP_CWORD - 1]}} in
{cases}    *) [[ $cur == -* ]] && words='{options}' || words=FILES ;;
    esac
    if [[ $words == FILES ]]; then
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        compopt -o filenames 2>/dev/null
    elif [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    fi
}}
complete -F _{function} {command}
"""


class Captured(Exception):
    """What stands in the way of a tool's work: its parser of arguments is all that is wanted."""


def parser_of(tool: str, command: str) -> argparse.ArgumentParser:
    """The parser that the main of a tool makes."""
    def capture(parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        raise Captured(parser)

    parse, argparse.ArgumentParser.parse_args = argparse.ArgumentParser.parse_args, capture  # type: ignore
    sys.argv = [command]
    try:
        importlib.import_module(tool).main()
    except Captured as captured:
        return captured.args[0]
    finally:
        argparse.ArgumentParser.parse_args = parse  # type: ignore
    raise SystemExit(f"{tool} asks for no arguments")


def roff(text: str) -> str:
    """A text as lines that roff fills; what stands between backticks is bold."""
    lines = []
    for sentence in re.split(r"(?<=[.:;]) ", " ".join(text.split())):
        for line in textwrap.wrap(sentence, 60, break_long_words=False, break_on_hyphens=False):
            for plain, escaped in (("\\", "\\e"), ("-", "\\-"), ("'", "\\(aq"), ("^", "\\(ha"), ("~", "\\(ti")):
                line = line.replace(plain, escaped)
            lines.append("\\&" + line if line.startswith(".") else line)
    return re.sub(r"`([^`]*)`", r"\\fB\1\\fR", "\n".join(lines))


def values(action: argparse.Action) -> str:
    """What stands behind an option, or for an argument."""
    if action.nargs == 0:
        return ""
    shown = action.metavar or ("|".join(map(str, action.choices)) if action.choices else action.dest.upper())
    return str(shown)


def man_page(parser: argparse.ArgumentParser, command: str, version: str, date: str) -> str:
    """The page of one tool."""
    first, *more = (parser.description or "").strip().split("\n\n")
    subject = " ".join(first.split()).partition(". ")[0].rstrip(".")
    usage = parser.format_usage().split(":", 1)[1]
    formatter = parser._get_formatter()
    parts = [f'.\\" Made by tool_pages.py from what the tool says of itself.\n'
             f'.TH {command.upper()} 1 {date} "nixe {version}" "User commands"',
             f".SH NAME\n{roff(f'{command} - {subject[0].lower()}{subject[1:]}')}",
             f".SH SYNOPSIS\n{roff(usage)}", f".SH DESCRIPTION\n{roff(first)}", *(f".PP\n{roff(text)}" for text in more),
             ".SH OPTIONS"]
    for action in parser._actions:
        names = ", ".join(f"\\fB{roff(name)}\\fR" for name in action.option_strings)
        value = f"\\fI{roff(values(action))}\\fR" if values(action) else ""
        text = formatter._expand_help(action) if action.help else ""
        parts.append(f".TP\n{' '.join(filter(None, (names, value)))}\n{roff(text)}")
    computes = any(action.dest == "mpirun" for action in parser._actions)
    of_nixe = "3 where a run of nixe was stopped, and the same command goes on; that of nixe where one failed." if computes else ""
    parts.append(f'.SH EXIT STATUS\n{roff(f"0 when done, 2 where a file cannot be used, in one sentence. {of_nixe}")}\n'
                 '.SH SEE ALSO\n.BR nixe (1)')
    return "\n".join(parts) + "\n"


def completion(parser: argparse.ArgumentParser, command: str) -> str:
    """What bash reads to complete one tool."""
    cases, options = "", []
    for action in parser._actions:
        options += action.option_strings
        if not action.option_strings or action.nargs == 0:
            continue
        words = " ".join(map(str, action.choices)) if action.choices else "FILES" if action.type is Path else ""
        cases += f"    {' | '.join(action.option_strings)}) words='{words}' ;;\n"
    function = command.replace("-", "_")
    return COMPLETION.format(command=command, function=function, cases=cases, options=" ".join(options))


def main() -> int:
    """Write what the command line names."""
    folder, version, date, man, completions, *tools = sys.argv[1:]
    sys.path.insert(0, folder)
    for tool in tools:
        command = f"nixe-{tool.replace('_', '-')}"
        parser = parser_of(tool, command)
        Path(man, f"{command}.1").write_text(man_page(parser, command, version, date), encoding="utf-8")
        Path(completions, command).write_text(completion(parser, command), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
