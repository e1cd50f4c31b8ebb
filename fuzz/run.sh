#!/usr/bin/env bash
# Runs every fuzz target for some seconds, from the seeds and the providers' own samples.
#
#   fuzz/run.sh [SECONDS]        10 by default; CARGO_FUZZ names the program cargo-fuzz, if it isn't in PATH
#
# Exits 77 and says why where cargo-fuzz or a nightly toolchain isn't at hand. What it finds lies in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

seconds=${1:-10}
cargo_fuzz=${CARGO_FUZZ:-cargo-fuzz}

skip() {
    echo "$1"
    exit 77
}
command -v "$cargo_fuzz" >/dev/null || skip "cargo-fuzz isn't installed (cargo install cargo-fuzz)"
rustup run nightly rustc --version >/dev/null 2>&1 || skip "no nightly toolchain (rustup toolchain install nightly)"

# The versions that all else is tested with.
cp ../Cargo.lock Cargo.lock

# Where a target's first inputs are, besides what it has found before.
samples() {
    case $1 in
        answers) echo ../crates/providers/*/fixtures ;;
        *) echo "seeds/$1" ;;
    esac
}

rustup run nightly "$cargo_fuzz" build
for target in $(rustup run nightly "$cargo_fuzz" list); do
    echo "+ $target, ${seconds} s"
    mkdir -p "corpus/$target"
    # shellcheck disable=SC2046 # Several folders, and no space in any.
    rustup run nightly "$cargo_fuzz" run "$target" "corpus/$target" $(samples "$target") -- \
        -max_total_time="$seconds" -timeout=10 -print_final_stats=0 -verbosity=0
done
