#!/bin/sh
# What the compiler has to be told about PETSc, SLEPc, HDF5, BLAS and LAPACK, FFTW and libyaml; the Makefile asks:
#     sh tools/developer/libraries.sh flags | libraries
# PETSC_DIR (with PETSC_ARCH), SLEPC_DIR and HDF5_DIR say where one is, else pkg-config is asked. Each library is asked itself
# what it is called and what it needs: its file for pkg-config, PETSc's petscvariables, HDF5's h5pcc; only what has none of
# these is guessed. BLAS, where it is set (BLAS= for a compiler that brings it), is taken as it is. CC names the compiler.
set -u

# pc_file FOLDER MODULE...: the first file for pkg-config below the root of a library.
pc_file() {
    folder=$1
    shift
    for module in "$@"; do
        for lib in lib lib64; do
            [ ! -f "$folder/$lib/pkgconfig/$module.pc" ] || {
                printf '%s\n' "$folder/$lib/pkgconfig/$module.pc"
                return
            }
        done
    done
}

# pc_known MODULE...: the first that pkg-config knows by itself.
pc_known() {
    for module in "$@"; do
        pkg-config --exists "$module" 2>/dev/null && printf '%s\n' "$module" && return
    done
}

# variable NAME: from PETSc's petscvariables.
variable() {
    [ ! -f "$petsc_root/lib/petsc/conf/petscvariables" ] ||
        sed -n "s/^$1 *= *//p" "$petsc_root/lib/petsc/conf/petscvariables" | head -n 1
}

# only PATTERN WORD...: those words that match.
only() {
    pattern=$1
    shift
    for word in "$@"; do
        # shellcheck disable=SC2254 # it is a pattern
        case $word in $pattern) printf '%s ' "$word" ;; esac
    done
}

# is_in FOLDER PATTERN: is there such a file?
is_in() {
    [ -n "$(find "$1/" -maxdepth 1 -name "$2" 2>/dev/null | head -n 1)" ]
}

# of_pc FILE NAME: --static as well where libNAME has no shared form: then it does not bring what it needs.
of_pc() {
    static='' lib=$(pkg-config --variable=libdir "$1" 2>/dev/null)
    [ -z "$lib" ] || is_in "$lib" "lib*$2*.so*" || is_in "$lib" "lib*$2*.dylib" || ! is_in "$lib" "lib*$2*.a" || static=--static
    # shellcheck disable=SC2086 # nothing or a word
    pkg-config --libs $static "$1" 2>/dev/null
}

# Where PETSc and SLEPc are; a SLEPc that was built in its own folder has one for each PETSC_ARCH.
petsc_root=${PETSC_DIR:-} slepc_root=${SLEPC_DIR:-}
if [ -n "${PETSC_ARCH:-}" ]; then
    [ ! -d "$petsc_root/$PETSC_ARCH" ] || petsc_root=$petsc_root/$PETSC_ARCH
    [ ! -d "$slepc_root/$PETSC_ARCH" ] || slepc_root=$slepc_root/$PETSC_ARCH
fi
if [ -n "$petsc_root" ]; then
    petsc=$(pc_file "$petsc_root" petsc PETSc)
    export PKG_CONFIG_PATH="$petsc_root/lib/pkgconfig:$petsc_root/lib64/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
else
    petsc=$(pc_known petsc PETSc)
    [ -z "$petsc" ] || petsc_root=$(pkg-config --variable=prefix "$petsc")
fi
if [ -n "$slepc_root" ]; then
    slepc=$(pc_file "$slepc_root" slepc SLEPc)
else
    slepc=$(pc_known slepc SLEPc)
fi

# Which HDF5: of Debian's, the one of the compiler's MPI.
hdf5='' h5pcc=''
if [ -n "${HDF5_DIR:-}" ]; then
    hdf5=$(pc_file "$HDF5_DIR" hdf5_hl hdf5)
    h5pcc=$HDF5_DIR/bin/h5pcc
else
    first=hdf5-openmpi second=hdf5-mpich
    if pkg-config --exists hdf5-openmpi hdf5-mpich 2>/dev/null &&
        printf '#include <mpi.h>\n' | ${CC:-mpicc} -dM -E - 2>/dev/null | grep -q MPICH_VERSION; then
        first=hdf5-mpich second=hdf5-openmpi
    fi
    hdf5=$(pc_known $first $second hdf5_hl hdf5)
    h5pcc=$(command -v h5pcc)
fi
[ -n "$hdf5" ] || [ -n "$("$h5pcc" -show 2>/dev/null)" ] || h5pcc=''
yaml=$(pc_known yaml-0.1)
fftw=$(pc_known fftw3)

print_flags() {
    for module in $slepc $petsc $hdf5 $fftw $yaml; do
        pkg-config --cflags-only-I "$module" 2>/dev/null
    done
    for folder in "$slepc_root" "${SLEPC_DIR:-}" "${PETSC_DIR:+$petsc_root}" "${PETSC_DIR:-}" "${HDF5_DIR:-}"; do
        [ -z "$folder" ] || printf -- '-I%s/include ' "$folder"
    done
    # shellcheck disable=SC2046
    [ -n "$hdf5" ] || [ -z "$h5pcc" ] || only '-I*' $("$h5pcc" -show)
}

# hdf5_libraries WORD...: those words that name HDF5 itself and its folders, and its library of dimension scales, whose
# name follows from that of the other (libhdf5_openmpi: libhdf5_openmpi_hl; libhdf5_parallel: libhdf5_hl_parallel).
hdf5_libraries() {
    folders='' name='hdf5' hl='hdf5_hl' others=''
    for word in "$@"; do
        case $word in
        -L*) folders="$folders $word" ;;
        */libhdf5*.a | */libhdf5*.so) # h5pcc names files
            folders="$folders -L${word%/*}"
            word=${word##*/lib} && word=${word%.*}
            case $word in *_hl*) ;; *) name=$word ;; esac
            ;;
        -lhdf5*_hl*) ;;
        -lhdf5*) name=${word#-l} ;;
        -l*) others="$others $word" ;;
        esac
    done
    for try in "hdf5_hl${name#hdf5}" "${name}_hl"; do
        for folder in $folders; do
            ! is_in "${folder#-L}" "lib$try.*" || hl=$try
            ! is_in "${folder#-L}" "lib$name.so*" || others=''
        done
        # shellcheck disable=SC2086 # CC may be several words
        [ "$(${CC:-mpicc} -print-file-name="lib$try.so" 2>/dev/null)" = "lib$try.so" ] || hl=$try
    done
    [ "$(${CC:-mpicc} -print-file-name="lib$name.so" 2>/dev/null)" = "lib$name.so" ] || others=''
    printf '%s -l%s -l%s %s ' "$folders" "$hl" "$name" "$others"
}

print_libraries() {
    if [ -n "$slepc" ]; then
        of_pc "$slepc" slepc
    elif is_in "$slepc_root/lib" 'libslepc.*'; then # else the compiler brings it, as on a Cray
        printf -- '-L%s/lib -lslepc ' "$slepc_root"
    fi
    if [ -n "$petsc" ]; then
        of_pc "$petsc" petsc
    elif [ -n "$(variable PETSC_LIB_BASIC)" ]; then
        printf -- '-L%s/lib %s ' "$petsc_root" "$(variable PETSC_LIB_BASIC)"
    elif is_in "$petsc_root/lib" 'libpetsc.*'; then
        printf -- '-L%s/lib -lpetsc ' "$petsc_root"
    fi
    # shellcheck disable=SC2046
    if [ -n "$hdf5" ]; then
        hdf5_libraries $(pkg-config --libs "$hdf5")
    elif [ -n "$h5pcc" ]; then
        hdf5_libraries $("$h5pcc" -show)
    elif [ -z "${HDF5_DIR:-}" ]; then
        hdf5_libraries
    elif is_in "$HDF5_DIR/lib" 'libhdf5.*'; then
        hdf5_libraries "-L$HDF5_DIR/lib"
    fi
    if [ -n "${BLAS+set}" ]; then
        printf '%s ' "$BLAS"
    else
        blas='' # that of PETSc where somebody has built it; Debian's is what its alternatives say
        [ -z "${PETSC_DIR:-}" ] || blas=$(variable BLASLAPACK_LIB)
        known=$(pc_known blas openblas)
        [ -n "$blas" ] || [ -z "$known" ] || blas="$(pkg-config --libs lapack 2>/dev/null) $(pkg-config --libs "$known")"
        [ -n "$blas" ] || blas=$(variable BLASLAPACK_LIB)
        printf '%s ' "$blas"
    fi
    if [ -n "$fftw" ]; then pkg-config --libs "$fftw"; else printf -- '-lfftw3 '; fi
    if [ -n "$yaml" ]; then pkg-config --libs "$yaml"; else printf -- '-lyaml'; fi
    printf ' -lm -ldl'
}

# Folders outside of the system's are looked into when the program starts, too.
with_rpath() {
    for word in "$@"; do
        printf '%s ' "$word"
        case $word in
        -L/usr/lib | -L/usr/lib/* | -L/usr/lib64* | -L/lib | -L/lib/* | -L/lib64*) ;;
        -L*) printf -- '-Wl,-rpath,%s ' "${word#-L}" ;;
        esac
    done
}

case ${1:-} in
# shellcheck disable=SC2046
flags) only '-I*' $(print_flags) | sed 's/-I*\//-isystem \//g' ;;
# shellcheck disable=SC2046
libraries) with_rpath $(print_libraries) ;;
*)
    echo 'usage: sh tools/developer/libraries.sh flags | libraries' >&2
    exit 2
    ;;
esac
echo
