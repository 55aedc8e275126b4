# What bash completes of nixe behind mpirun or mpiexec: as of nixe alone. Of the launcher itself, commands and files.
_nixe_behind() {
    local at cur=${COMP_WORDS[COMP_CWORD]}
    for ((at = 1; at < COMP_CWORD; at++)); do
        [[ ${COMP_WORDS[at]##*/} == nixe ]] || continue
        # shellcheck source=/dev/null # beside this file
        declare -F _nixe >/dev/null || . "${BASH_SOURCE[0]%/*}/nixe"
        COMP_WORDS=("${COMP_WORDS[@]:at}") COMP_CWORD=$((COMP_CWORD - at))
        _nixe
        return
    done
    mapfile -t COMPREPLY < <({ [[ $cur != [a-z]* ]] || compgen -c -- "$cur"; compgen -f -- "$cur"; } | sort -u)
    compopt -o filenames 2>/dev/null
}
complete -F _nixe_behind mpirun mpiexec
