#!/bin/sh
# Computes and draws the equilibrium figures of the paper:
#     sh tools/run_equilibrium.sh fig4 | fig5 | fig7 [options of nixe mc]
# fig4 is also Fig. 6(c). Files that are complete are kept, others are resumed; more sweeps or replicas
# extend them; files of other options are refused. For a quick look, elsewhere than the real figure:
#     OUT=build/quick sh tools/run_equilibrium.sh fig5 -mc_sampler informed -mc_sweeps 1e4
# OUT names the folder of the files and the picture, MPIRUN and RANKS how nixe is started, BUILD
# where it is, and PYTHON the interpreter that draws.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD:-$root/build}
out=${OUT:-$build/figures}
python=${PYTHON:-python3}
ranks=${RANKS:-$(getconf _NPROCESSORS_ONLN)}
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"

say() {
    printf 'run_equilibrium: %s\n' "$*" >&2
}

# compute NAME INPUT [options]: writes $out/NAME.h5, and adds it to the files of the figure.
compute() {
    file=$out/$1.h5 input=$root/input/$2.yaml
    shift 2
    files="$files $file"
    say "computing $file"
    status=0
    # shellcheck disable=SC2086  # MPIRUN may be several words
    ${MPIRUN:-mpirun} -n "$ranks" "$build/nixe" mc -input "$input" "$@" \
        -output_file "$file" -resume || status=$?
    [ "$status" -eq 0 ] || {
        say "nixe ended with status $status; there is no picture yet"
        exit "$status"
    }
}

case "$out" in
*[[:space:]]*)
    say "the folder '$out' must not have blanks in its name."
    exit 2
    ;;
esac
figure=${1:-}
case $figure in
fig4 | fig5 | fig7) shift ;;
*)
    say 'the first word must be the figure: fig4, fig5 or fig7.'
    exit 2
    ;;
esac

mkdir -p "$out"
files=''
case $figure in
fig4) for layers in 0 1 2 3 4 5 6 7 8; do
    compute "fig4_$layers" mc_fig4 -shell_layers "$layers" "$@"
done ;;
fig5) for sites in 169 271 397 721 1657; do
    compute "fig5_$sites" "mc_fig5_$sites" "$@"
done ;;
fig7) compute fig7_1728 mc_fig7 "$@" ;;
esac
# shellcheck disable=SC2086  # $files is a list
"$python" -B "$root/tools/plot_equilibrium.py" $files -o "$out/$figure.png"
say "the picture: $out/$figure.png"
