# shellcheck shell=bash
#
# Runs the stages of stages.sh side by side. Parts of scripts/setup that a stage needs are installed before it, as tasks
# named setup:PART.

at_once=${STAGES_AT_ONCE:-2}
logs=.cache/log
results= # a directory with one file for each task that has ended: its exit status and its seconds

function_of() { echo "stage_${1//-/_}"; }

# variable_of PREFIX STAGE prints the value of a variable that goes with a stage.
variable_of() {
	local name=$1_${2//[-:]/_}
	echo "${!name-}"
}

# log_of TASK prints where the output of a task goes.
log_of() { echo "$logs/${1//:/-}.log"; }

# run_stages STAGE … runs the stages and what they need, prints a summary, and fails if a stage did.
run_stages() {
	local tasks=() stage part
	results=$(mktemp -d) || return
	trap 'stop_tasks; rm -rf "$results"' EXIT
	trap 'exit 130' INT TERM
	mkdir -p "$logs"
	for stage in "$@"; do
		for part in $(variable_of needs "$stage"); do
			if [[ " ${tasks[*]-} " != *" setup:$part "* ]]; then
				tasks+=("setup:$part")
			fi
		done
		tasks+=("$stage")
	done
	if ((${#tasks[@]} == 1)); then
		run_in_foreground "${tasks[0]}"
	else
		schedule "${tasks[@]}"
	fi
	summarize "${tasks[@]}"
}

# schedule TASK … starts each task when what it needs is done and fewer than at_once tasks run, until all have ended.
schedule() {
	local waiting=("$@") running=() left task
	while ((${#waiting[@]} + ${#running[@]} > 0)); do
		left=()
		for task in ${running[@]+"${running[@]}"}; do
			if [[ -f $results/$task ]]; then
				report_end "$task"
			else
				left+=("$task")
			fi
		done
		running=(${left[@]+"${left[@]}"})
		left=()
		for task in ${waiting[@]+"${waiting[@]}"}; do
			if ((${#running[@]} < at_once)) && is_ready "$task"; then
				start "$task"
				running+=("$task")
			else
				left+=("$task")
			fi
		done
		waiting=(${left[@]+"${left[@]}"})
		sleep 0.2
	done
}

# is_ready TASK tells whether the setup of everything that a task needs has ended, successfully or not.
is_ready() {
	local part
	for part in $(variable_of needs "$1"); do
		[[ -f $results/setup:$part ]] || return
	done
}

# start TASK starts a task in the background, in a process group of its own.
start() {
	set -m
	run_task "$1" >"$(log_of "$1")" 2>&1 </dev/null &
	pids+=($!)
	set +m
}

pids=()
stop_tasks() {
	local pid
	for pid in ${pids[@]+"${pids[@]}"}; do
		kill -TERM -- "-$pid" 2>/dev/null
	done
}

# run_task TASK runs a task and records its exit status and the seconds that it took.
run_task() {
	local task=$1 begin=$SECONDS status=0 part
	case $task in
	setup:*) scripts/setup "${task#setup:}" || status=1 ;;
	*)
		for part in $(variable_of needs "$task"); do
			if [[ $(cut -d' ' -f1 "$results/setup:$part") != 0 ]]; then
				echo "not run: the installation of $part failed"
				status=1
			fi
		done
		if [[ $(variable_of nice "$task") == yes ]]; then
			renice -n 10 -p "$BASHPID" >/dev/null
		fi
		if ((status == 0)); then
			"$(function_of "$task")"
			status=$?
		fi
		;;
	esac
	echo "$status $((SECONDS - begin))" >"$results/$task.part"
	mv "$results/$task.part" "$results/$task"
}

# run_in_foreground TASK shows the output of the only task while it runs.
run_in_foreground() {
	run_task "$1" 2>&1 </dev/null | tee "$(log_of "$1")"
}

# outcome_of TASK prints ok, skipped or FAILED.
outcome_of() {
	case $(cut -d' ' -f1 "$results/$1") in
	0) echo ok ;;
	77) echo skipped ;;
	*) echo FAILED ;;
	esac
}

# report_end TASK says how a task ended, and shows the end of its output if it failed.
report_end() {
	if [[ $(outcome_of "$1") != FAILED ]]; then
		print_row "$1"
		return
	fi
	printf '\n=== %s FAILED; the end of %s:\n' "$1" "$(log_of "$1")"
	tail -n 400 "$(log_of "$1")"
	printf '=== end of %s\n\n' "$(log_of "$1")"
}

# print_row TASK prints a task's name, outcome and seconds, and why it was skipped.
print_row() {
	local outcome reason=
	outcome=$(outcome_of "$1")
	if [[ $outcome == skipped ]]; then
		reason=$(tail -n 1 "$(log_of "$1")")
	fi
	printf '%-24s %-8s %5d s  %s\n' "$1" "$outcome" "$(cut -d' ' -f2 "$results/$1")" "$reason"
}

# summarize TASK … prints a table of the tasks and, alone on the last line, how many passed, failed and were skipped.
summarize() {
	local task passed=0 failed=0 skipped=0
	echo
	for task; do
		print_row "$task"
		case $(outcome_of "$task") in
		ok) passed=$((passed + 1)) ;;
		skipped) skipped=$((skipped + 1)) ;;
		*) failed=$((failed + 1)) ;;
		esac
	done
	printf '%-33s %5d s\n' total "$SECONDS"
	echo "$passed passed, $failed failed, $skipped skipped"
	((failed == 0))
}
