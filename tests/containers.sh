#!/usr/bin/env bash
# Builds the containers of tools/packaging and runs nixe in them: `make test-containers` calls it. CONTAINER names the files: by
# default Containerfile; Containerfile.mpich takes a quarter of an hour, and archives of its libraries from the folder SOURCES,
# if that is set. It takes buildah, which it installs on Debian, and a base image: BASE, else Debian 12 of the hub, else one that
# debootstrap makes (MIRROR). Containers are built and entered by chroot, which works inside of another container and where
# ulimits may not be raised. All is kept in build/containers. The last line is always `N passed, N failed`; where there is no
# buildah, or it may not work, it says so and tests nothing.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

name=containers folder=$PWD/build/containers
. tests/helpers/roots.sh

finish() {
    [[ -z ${container:-} ]] || b rm "$container" >/dev/null
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [[ $failed -eq 0 ]] || exit 1
    exit 0
}

b() {
    buildah --root "$folder/storage" --runroot "$folder/run" "$@"
}

# base_image: sets base.
base_image() {
    base=${BASE:-docker.io/library/debian:12}
    [[ -z ${BASE:-} ]] && ! timeout 120 buildah --root "$folder/storage" --runroot "$folder/run" pull -q "$base" >/dev/null 2>&1 || return 0
    base=localhost/debian:12
    [[ -z $(b images -q "$base" 2>/dev/null) ]] || return 0
    say 'no image of the hub is to be had: debootstrap makes one'
    bare_root bookworm || return 1
    rm -rf "$folder"/bookworm/var/cache/apt/archives/*.deb
    container=$(b from scratch) && b copy -q "$container" "$folder/bookworm" / >/dev/null && b commit -q "$container" "$base" >/dev/null &&
        b rm "$container" >/dev/null && container='' && rm -rf "$folder/bookworm"
}

# inside COMMAND...: in the container, where build/containers/data is the folder /data.
inside() {
    b run --isolation chroot --volume "$folder/data:/data" "$container" -- "$@"
}

# check WHAT COMMAND...: counts it.
check() {
    local what=$1 said
    shift
    if said=$("$@" 2>&1); then
        passed=$((passed + 1))
        printf '%-60s passed\n' "$what"
    else
        failed=$((failed + 1))
        printf '%-60s FAILED\n%s\n' "$what" "$said"
    fi
}

is_entry() {
    [[ $(b inspect --format '{{.OCIv1.Config.Entrypoint}} {{.OCIv1.Config.WorkingDir}}' "$container") == '[nixe] /data' ]]
}

leaves_the_build_behind() {
    ! inside sh -c 'find /usr /opt -name petscksp.h | grep .'
}

runs() {
    inside mpirun -n 2 nixe kmc -input /usr/local/share/nixe/input/kmc_2d_elastic.yaml -lattice_edge 4 -ensemble_size 4 \
        -output_file run.h5 && [[ -s $folder/data/run.h5 ]] && inside nixe status --verify run.h5
}

plots() {
    inside nixe-plot run.h5 -o run.png && [[ -s $folder/data/run.png ]]
}

# loaded VARIABLE=VALUE: what the program is linked with.
loaded() {
    inside env "$@" ldd /usr/local/bin/nixe
}

asks_for_the_common_name() {
    local said
    said=$(loaded A=1) && grep -q 'libmpi\.so\.12 => /opt/nixe-libraries/lib/' <<<"$said" && ! grep -q 'libmpich\.so' <<<"$said"
}

# An MPI of the host comes first on LD_LIBRARY_PATH, as Shifter and podman-hpc have it.
takes_the_hosts() {
    local said host=/data/host
    inside sh -c "mkdir -p $host && cp /opt/nixe-libraries/lib/libmpi.so.12 $host" && said=$(loaded LD_LIBRARY_PATH="$host") &&
        grep -q "libmpi\.so\.12 => $host/" <<<"$said" && [[ $(grep -c 'libmpi' <<<"$said") -eq 1 ]] &&
        inside env LD_LIBRARY_PATH="$host" mpirun -n 2 nixe kmc -input /usr/local/share/nixe/input/kmc_2d_elastic.yaml \
            -lattice_edge 4 -ensemble_size 2 -output_file host.h5
}

# test_container FILE
test_container() {
    local image=localhost/nixe-${1,,}
    say "$1: building; the log is $folder/$1.log"
    b bud -q --layers --isolation chroot --volume "$folder/packages:/var/cache/apt/archives" --build-arg "BASE=$base" --tag "$image" \
        --file "$folder/source/tools/packaging/$1" "$folder/source" >"$folder/$1.log" 2>&1 || {
        tail -n 20 "$folder/$1.log"
        give_up "$1 could not be built"
    }
    rm -rf "$folder/data" && mkdir "$folder/data" && container=$(b from "$image") || give_up "$1 could not be entered"
    check "$1: nixe is the entry, in /data" is_entry
    check "$1: the version" inside nixe --version
    check "$1: without what only the build needs" leaves_the_build_behind
    check "$1: two ranks write a whole file" runs
    check "$1: the picture" plots
    if [[ $1 == *.mpich ]]; then
        check "$1: libmpi.so.12 is asked for, and nothing else" asks_for_the_common_name
        check "$1: the MPI of the host is taken" takes_the_hosts
    fi
    b rm "$container" >/dev/null && container=''
}

if ! command -v buildah >/dev/null || ! command -v debootstrap >/dev/null; then
    if [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
        say 'installing buildah and debootstrap'
        apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends buildah debootstrap >/dev/null
    fi
    command -v buildah >/dev/null || { say 'skipped: there is no buildah' && finish; }
fi
PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$folder/packages/partial"
said=$(container=$(b from scratch) && b rm "$container" 2>&1) || { say "skipped: buildah may not work here (${said##*$'\n'})" && finish; }
base_image || give_up 'there is no base image; see above'
rm -rf "$folder/source" && copy_sources "$folder/source"
if [[ -n ${SOURCES:-} ]]; then
    mkdir "$folder/source/sources" && cp "$SOURCES"/*.tar.* "$folder/source/sources" || give_up "no archives in $SOURCES"
fi
for file in ${CONTAINER:-Containerfile}; do
    test_container "$file"
done
finish
