# For tests that unpack another Debian and count what works there, $name being theirs and $folder where they keep things. Such a
# test defines `finish`, which tells the count and ends it.
# shellcheck shell=bash
mirror=${MIRROR:-http://deb.debian.org/debian}
passed=0 failed=0

say() {
    printf '%s: %s\n' "$name" "$*"
}

give_up() {
    say "$*"
    failed=$((failed + 1))
    finish
}

trap 'give_up interrupted' INT TERM HUP

# bare_root SUITE: a fresh system in $folder/SUITE; unpacked under another name, so that what is there is whole.
bare_root() {
    [[ ! -d $folder/$1 ]] || return 0
    say "unpacking $1"
    rm -rf "${folder:?}/$1.new"
    debootstrap --variant=minbase "$1" "$folder/$1.new" "$mirror" >"$folder/$1.log" 2>&1 || {
        tail -n 20 "$folder/$1.log"
        return 1
    }
    mv "$folder/$1.new" "$folder/$1"
}

# copy_sources FOLDER: what git knows or would take, as it is now.
copy_sources() {
    mkdir -p "$1" && git ls-files -z --cached --others --exclude-standard | # without what has been deleted
        xargs -0 sh -c 'for file; do [ ! -e "$file" ] || printf "%s\0" "$file"; done' sh |
        tar --create --null --files-from=- | tar --extract --no-same-owner --directory="$1"
}
