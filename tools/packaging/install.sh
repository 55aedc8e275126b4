#!/bin/sh
# Puts what has been built into $DESTDIR$PREFIX: bin, share/nixe, share/man, share/bash-completion. `make install` calls it,
# with BUILD, DESTDIR, PREFIX and PYTHON in the environment. What is installed says `nixe` and `nixe-plot` where its source says
# `build/nixe` and `python3 tools/plot.py`, and finds input/ and jobs/ where they are then.
set -eu

# What a user calls, each as nixe-NAME with - for _.
tools='plot report movie export free_energy merge make_figures equilibrium_checks reproduce explore'

bin=$DESTDIR$PREFIX/bin man=$DESTDIR$PREFIX/share/man/man1 completions=$DESTDIR$PREFIX/share/bash-completion/completions
home=$PREFIX/share/nixe
share=$DESTDIR$home
version=$(cat VERSION)
date=$(sed -n 's/^date-released: *//p' CITATION.cff)
python=$(command -v "${PYTHON:-python3}" || echo /usr/bin/python3)

# in_sed TEXT: the text as it has to stand on the right of an s command with the delimiter |.
in_sed() {
    printf '%s' "$1" | sed 's/[\\&|]/\\&/g'
}

command_of() {
    echo "nixe-$(echo "$1" | tr _ -)"
}

# The tools that are there, and how their names and that of the program are written after installation.
present='' rules=''
for tool in $tools; do
    [ -f "tools/$tool.py" ] || continue
    present="$present $tool"
    rules="$rules
s|\\(/usr/bin/\\)\\{0,1\\}python3 tools/$tool\\.py|$(command_of "$tool")|g
s|^tools/$tool\\.py|$(command_of "$tool")|
/^| /!s|\`$tool\\.py\\([ \`]\\)|\`$(command_of "$tool")\\1|g
s|\\([^/[:alnum:]]\\)tools/$tool\\.py|\\1$(command_of "$tool")|g"
done
place=$(in_sed "$home")
rules="$rules
s|\\.\\./\\.\\./build/nixe \\([a-z]\\)|nixe \\1|g
s|\\([^/[:alnum:]]\\)build/nixe\\([^/[:alnum:]]\\)|\\1nixe\\2|g
s|^build/nixe |nixe |
s|-input input/|-input $place/input/|g
s|\(file:\{0,1\}\) input/|\1 $place/input/|g
s|:-input/|:-$place/input/|g
s|sbatch\\(.*\\) jobs/|sbatch\\1 $place/jobs/|g
s|PYTHONPATH=tools|PYTHONPATH=$place/tools|g
s|^cp -r tools/|cp -r $place/tools/|
s|^[^ ]*pip install .* \\./tools$|cp -r $place/tools . \&\& &|
s|--output-dir \\. docs/|--output-dir . $place/docs/|
s|rom the folder of nixe|rom any folder|g
s|make fig\\([1-7]\\)|nixe-make-figures \\1|g"
for target in 'figures nixe-make-figures' 'equilibrium nixe-equilibrium-checks' 'reproduce nixe-reproduce' 'beyond nixe-explore'; do
    name=${target%% *} # of make, with its variables, for which the command has options
    rules="$rules
s|\\(make $name\\) QUICK=1|\\1 --quick|
s|\\(make $name\\) PAGE=|\\1 --page |
s|\\(make $name\\) ONLY=\"\\([a-z0-9 ]*\\)\"|\\1 \\2|
s|\\(make $name\\) ONLY=|\\1 |
s|^make $name|${target#* }|
s|\`make $name|\`${target#* }|g
s|build/\\($name[-:; ,]\\)|\\1|g
s|build/\\($name\\)$|\\1|"
done

# Comments behind the commands of a page stand below each other again.
# shellcheck disable=SC2016 # for awk
align='
    function flush(i) {
        for (i = 1; i <= count; i++) printf "%s%*s%s\n", command[i], widest - length(command[i]) + gap, "", comment[i]
        count = widest = 0
        gap = 80
    }
    /^```/ { shell = /^```sh/ }
    shell && match($0, /[^ ]   *# /) {
        command[++count] = substr($0, 1, RSTART)
        comment[count] = substr($0, RSTART + RLENGTH - 2)
        if (RSTART > widest) widest = RSTART
        if (RLENGTH - 3 < gap) gap = RLENGTH - 3
        next
    }
    { flush(); print }
    END { flush() }'

# put MODE FOLDER FILE...: installs texts, rewritten.
put() {
    mode=$1 folder=$2
    shift 2
    install -d "$share/$folder"
    for file in "$@"; do
        case $file in *.md) sed "$rules" "$file" | awk "$align" ;; *) sed "$rules" "$file" ;; esac >"$share/$folder/${file##*/}"
        chmod "$mode" "$share/$folder/${file##*/}"
    done
}

install -d "$bin" "$man" "$completions"
install -m 755 "$BUILD/nixe" "$bin"
put 644 . README.md CHANGES.md CITATION.cff LICENSE
put 644 input input/*.yaml input/*.xyz
put 755 jobs jobs/*.sh
put 644 jobs jobs/README.md
put 644 docs docs/*.md
install -m 644 docs/*.png "$share/docs"
put 644 docs/notebooks docs/notebooks/*.ipynb
put 755 tools tools/*.sh
put 644 tools tools/*.py tools/README.md tools/pyproject.toml
put 644 tools/developer tools/developer/performance_page.py
put 644 tools/nixe tools/nixe/*.py
put 644 tools/nixe/file tools/nixe/file/*.py
put 644 tools/figures tools/figures/*.py
put 644 tools/claims tools/claims/*.py
put 644 tools/beyond tools/beyond/*.py
put 644 tools/report tools/report/*.html tools/report/*.css tools/report/*.js
put 644 tools/packaging tools/packaging/environment.yml

# The module file: module use PREFIX/share/nixe/modulefiles; module load nixe
install -d "$share/modulefiles/nixe"
sed "s|@PREFIX@|$(in_sed "$PREFIX")|g; s|@VERSION@|$version|g" tools/packaging/modulefile >"$share/modulefiles/nixe/$version"

for tool in $present; do
    command=$(command_of "$tool")
    sed "s|^command=.*|command=$command module=$tool|; s|^python='[^']*'|python='$(in_sed "$python")'|" \
        tools/packaging/tool.sh >"$bin/$command"
    chmod 755 "$bin/$command"
done

# Pages for man, and what bash completes, from the tables of the program and from what the tools say of themselves.
for command in nixe kmc mc potential spectrum status; do
    case $command in nixe) page=nixe ;; *) page=nixe-$command ;; esac
    "$BUILD/make_docs" man "$command" "$date" >"$man/$page.1"
done
"$BUILD/make_docs" completion >"$completions/nixe"
for launcher in mpirun mpiexec; do # where the system has none of its own
    if [ ! -e "$completions/$launcher" ] || grep -q _nixe_behind "$completions/$launcher"; then
        install -m 644 tools/packaging/behind_mpirun.bash "$completions/$launcher"
    fi
done
# shellcheck disable=SC2086  # a list
"$python" -B tools/developer/tool_pages.py "$share/tools" "$version" "$date" "$man" "$completions" $present ||
    echo 'install: the tools have no pages for man and no completion: their Python could not be started' >&2
