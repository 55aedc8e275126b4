# For shells to read: copy_sources FOLDER copies what git knows or would take into it, as it is now.
# shellcheck shell=sh
copy_sources() {
    mkdir -p "$1" && git ls-files -z --cached --others --exclude-standard | # without what has been deleted
        xargs -0 sh -c 'for file; do [ ! -e "$file" ] || printf "%s\0" "$file"; done' sh |
        tar --create --null --files-from=- | tar --extract --no-same-owner --directory="$1"
}
