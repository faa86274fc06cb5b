# What the scripts of this folder share. Sourced by them; changes to the repository's root.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
export LC_ALL=C.UTF-8

say() { printf '%s\n' "$*"; }
title() { printf '\n== %s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# ---- Processes. Each is a process group of its own: ending the group ends whatever it started, and
# Ctrl-C reaches this script alone, which then ends them in order.
process_ids=()
declare -A process_names=() process_logs=()

# start NAME LOG COMMAND...: in the background, output to the file LOG; `-` leaves it where it is.
# Its process id is in $started.
start() {
  local name=$1 log=$2
  shift 2
  set -m
  if [[ $log == - ]]; then
    "$@" </dev/null &
  else
    "$@" </dev/null >"$log" 2>&1 &
  fi
  started=$!
  set +m
  process_ids+=("$started")
  process_names[$started]=$name
  process_logs[$started]=$log
}

# start_program NAME LOG COMMAND...: as start, for one program that must not outlive this script, even if it is
# killed with SIGKILL.
start_program() { start "$1" "$2" setpriv --pdeathsig TERM -- "${@:3}"; }

# run COMMAND...: waits for it; unlike a plain call, can be interrupted by a signal at once. Returns its exit code.
run() {
  start "${1##*/}" - "$@"
  local pid=$started code=0
  wait "$pid" || code=$?
  forget "$pid"
  return "$code"
}

# run_guarded PROGRAM...: as run, but gives up if a process that was started before ends meanwhile: says
# which one, with the end of its log, and exits.
run_guarded() {
  start_program "${1##*/}" - "$@"
  local pid=$started code=0 ended=
  # Bash would name a signal that ended it; the exit code says so too.
  wait -n -p ended "${process_ids[@]}" 2>/dev/null || code=$?
  if [[ $ended != "$pid" ]]; then
    forget "$ended"
    report_death "$ended" "$code"
    exit 1
  fi
  forget "$pid"
  return "$code"
}

# wait_for SECONDS NAME WHAT COMMAND...: until the command succeeds. Gives up like run_guarded, or when
# the time is over.
wait_for() {
  local seconds=$1 name=$2 what=$3 pid
  shift 3
  local end=$((SECONDS + seconds))
  until "$@"; do
    for pid in "${process_ids[@]}"; do
      alive "$pid" && continue
      local code=0
      wait "$pid" || code=$?
      forget "$pid"
      report_death "$pid" "$code"
      exit 1
    done
    if ((SECONDS >= end)); then
      for pid in "${process_ids[@]}"; do
        [[ ${process_names[$pid]} == "$name" ]] && show_log "$pid"
      done
      die "$name: $what did not happen within $seconds s"
    fi
    sleep 0.05
  done
}

report_death() {
  printf '\n%s: %s ended early (exit code %d)\n' "${0##*/}" "${process_names[$1]}" "$2" >&2
  show_log "$1"
}

show_log() {
  local log=${process_logs[$1]}
  [[ -f $log ]] || return 0
  printf 'The end of %s:\n' "$log" >&2
  tail -n 15 "$log" | sed 's/^/  | /' >&2
}

# Whether the process group still has a process. Dead ones that nobody has waited for don't count: a container may
# lack the process that does so.
alive() {
  ps -e -o pgid=,stat= | awk -v group="$1" '$1 == group && $2 !~ /^Z/ { found = 1 } END { exit !found }'
}

forget() {
  local pid left=()
  for pid in "${process_ids[@]}"; do [[ $pid == "$1" ]] || left+=("$pid"); done
  process_ids=("${left[@]}")
}

# Ends every process that is left, the youngest first: TERM, then KILL after five seconds.
end_processes() {
  trap '' INT TERM HUP
  local i pid tries
  for ((i = ${#process_ids[@]} - 1; i >= 0; --i)); do
    pid=${process_ids[i]}
    kill -TERM -- "-$pid" 2>/dev/null || continue
    for ((tries = 0; tries < 50; ++tries)); do
      alive "$pid" || break
      sleep 0.1
    done
    if alive "$pid" && kill -KILL -- "-$pid" 2>/dev/null; then
      printf '%s did not end when asked to; killed\n' "${process_names[$pid]}" >&2
    fi
    wait "$pid" 2>/dev/null || true
  done
  process_ids=()
}

trap end_processes EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- Building.

# Compiler processes at once: as many as there are cores and, since a file that includes LibTorch takes
# 1.5 GB, as there is memory for.
build_jobs() {
  local cores memory_mb
  cores=$(nproc)
  memory_mb=$(awk '/^MemAvailable:/ {print int($2 / 1024)}' /proc/meminfo)
  local by_memory=$((memory_mb / 1500))
  ((by_memory >= 1)) || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# Passes ninja's output on: on a terminal, its steps in one line that is written over; elsewhere, a
# line for every twentieth of the way.
show_steps() {
  local line percent last=-5 open=0
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]]; then
      percent=$((100 * BASH_REMATCH[1] / BASH_REMATCH[2]))
      if [[ -t 1 ]]; then
        printf '\r\033[K%3d %%  %.70s' "$percent" "${BASH_REMATCH[3]##* }"
        open=1
      elif ((percent >= last + 5)); then
        printf '%3d %%  [%d/%d]\n' "$percent" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
        last=$percent
      fi
    else
      ((open)) && printf '\n'
      open=0
      printf '%s\n' "$line"
    fi
  done
  if ((open)); then printf '\r\033[K'; fi
}

configure_and_build() {
  local preset=$1 log=$2
  # Every clone of the repository has the same compiler cache.
  export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
  set -o pipefail
  {
    cmake --preset "$preset" --log-level=WARNING && cmake --build --preset "$preset" --parallel "$(build_jobs)"
  } 2>&1 | tee "$log" | show_steps
}

# build PRESET: configures and builds it all in build/PRESET, and keeps what was said in its build.log.
build() {
  local preset=$1 log=build/$1/build.log begin=$SECONDS
  title "Building $preset (log: $log; the first time takes a while)"
  mkdir -p "build/$preset"
  if ! run configure_and_build "$preset" "$log"; then
    say "the build failed; see the first error in $log" >&2
    return 1
  fi
  say "built in $(((SECONDS - begin) / 60)) min $(((SECONDS - begin) % 60)) s"
}
