#!/usr/bin/env bats
# The files of examples/monitoring/: the units, the alerts and the dashboard fit the metrics that
# shmtool prints, and the programs that read them accept them.

load test_helper
load truth
load units

setup() {
	common_setup
	require_private_namespace
	monitoring=$SRCDIR/examples/monitoring
	service=$monitoring/shmtool-metrics.service
	rules=$monitoring/shmtool.rules.yml
	dashboard=$monitoring/dashboard.json
}

# some_objects: unused objects of four kinds, whose makers have exited.
some_objects() {
	make_segment 65536 >/dev/null
	ipcmk --queue >/dev/null
	ipcmk --semaphore 2 >/dev/null
	"$HELPERS/make_object" /left 4096
}

# queries: the expressions of the alerts and the dashboard, a line each.
queries() {
	# A folded expression has its lines below.
	awk '/^ *expr: >-$/ { folded = 1; next }
		/^ *expr: / { sub(/^ *expr: /, ""); print; next }
		/^ *[a-z]+:/ { if (text != "") print text; text = ""; folded = 0 }
		folded { sub(/^ */, ""); text = text (text == "" ? "" : " ") $0 }' "$rules"
	jq -r '.. | .expr? // empty' "$dashboard"
}

# The alerts, a name each line.
alerts() {
	sed -n 's/^ *- alert: //p' "$rules"
}

#
# The service
#

@test "shmtool-metrics.service, shmtool-metrics.timer: systemd has nothing to say" {
	verify_units "$monitoring"/shmtool-metrics.*
}

@test "shmtool-metrics.service: systemd rates its exposure as low" {
	low_exposure "$service"
}

@test "shmtool-metrics.service: its filter allows all system calls, except dropping capabilities" {
	# That of leaks does not work under strace.
	require_plain_build
	require_root
	require_command systemd-analyze
	run refused_calls "$service" "$SHMTOOL" metrics --quiet --output shmtool.prom
	assert_output capset
}

@test "shmtool-metrics.service: the directory it may write to is that of its file" {
	assert_equal "$(unit_value "$service" ExecStart)" \
		"/usr/local/bin/shmtool metrics --quiet --output $(unit_value "$service" ReadWritePaths)/shmtool.prom"
}

# run_service: runs the command of the service with its capabilities, but in the directory of the test.
run_service() {
	local command
	read -ra command < <(unit_value "$service" ExecStart)
	run_apart "${with_rights[@]}" "$SHMTOOL" "${command[@]:1:3}" "$PWD/${command[4]##*/}"
}

@test "shmtool-metrics.service: measures other users' objects with only its own capabilities" {
	only_unit_rights "$service"
	some_objects
	as_user "$HELPERS/make_object" /private 4096 600
	as_user "$HELPERS/hold_files" -m /dev/shm/private >holder 3>&- &
	wait_until 10 test -s holder || fail 'hold_files did not map /private'
	# The file is for another user, node_exporter's.
	umask 077
	run_service
	assert_success
	assert_unchanged
	assert_equal "$(stat -c %a shmtool.prom)" 644
	grep -qx 'shmtool_objects{kind="pshm",use="used"} 1' shmtool.prom
	grep -qx 'shmtool_hidden_namespaces 0' shmtool.prom
	assert_equal "$(grep -c '^shmtool_collector_success{.*} 1$' shmtool.prom)" 3
}

# unknown_without CAPABILITY METRIC: a metric, measured with the capabilities of the service but one.
unknown_without() {
	local capability rest=()
	for capability in $(unit_value "$service" CapabilityBoundingSet); do
		[[ $capability == "$1" ]] || rest+=("${capability#CAP_}")
	done
	only_rights "${rest[@]}"
	run_service
	awk -v metric="$2" '$1 == metric { print $2 }' shmtool.prom
}

@test "shmtool-metrics.service: without any of its capabilities, something is unknown" {
	only_unit_rights "$service"
	as_user "$HELPERS/hold_memory" anonymous 1 >holder 3>&- &
	unshare --ipc sh -c 'ipcmk --shmem 4096 && exec sleep 60' >namespace 3>&- &
	wait_until 10 test -s holder -a -s namespace || fail 'the holders did not start'
	while read -r capability metric; do
		with=$(unknown_without none "$metric")
		without=$(unknown_without "$capability" "$metric")
		echo "$metric: $with with $capability, $without without"
		((without > with))
	done <<-'END'
		CAP_DAC_READ_SEARCH shmtool_memory_unknown{kind="anon"}
		CAP_SYS_ADMIN shmtool_hidden_namespaces
		CAP_SYS_PTRACE shmtool_uninspected_processes
	END
	assert_equal "$(unit_value "$service" CapabilityBoundingSet | wc -w)" 3
}

#
# Alerts and dashboard
#

# measured: the metrics of some objects, in the file text. A machine without huge pages lacks theirs.
measured() {
	some_objects
	shmtool metrics --quiet >text
	grep -q '^shmtool_memory_huge_bytes' text || echo 'shmtool_memory_huge_bytes{kind="shm",page_size="2097152"} 0' >>text
}

@test "monitoring: every metric in an alert or the dashboard is printed by shmtool metrics" {
	require_inspection
	measured
	queries | grep -oE 'shmtool_[a-z_]+' | sort -u >wanted
	[ "$(wc -l <wanted)" -gt 10 ]
	run comm -23 wanted <(sed -nE 's/^(shmtool_[a-z_]+)[{ ].*/\1/p' text | sort -u)
	assert_success
	assert_output ''
}

@test "monitoring: every label in an alert or the dashboard, and its value, is printed by shmtool metrics" {
	measured
	# The labels of Prometheus and node_exporter are none of ours.
	queries | grep -oE '[a-z_]+=~?"[^"]*"' | grep -vE '^(instance|job|file|alert[a-z]*)=' | sort -u >matchers
	[ "$(wc -l <matchers)" -ge 5 ]
	while IFS='=' read -r label values; do
		values=${values#\~}
		values=${values//\"/}
		for value in ${values//|/ }; do
			grep -qE "[{,]$label=\"$value\"" text || fail "no $label=\"$value\""
		done
	done <matchers
	for label in $(queries | grep -oE '(by|without) \([a-z_, ]+\)' | sed 's/.*(//; s/[,)]/ /g'); do
		grep -qE "[{,]$label=" text || fail "no label $label"
	done
}

@test "shmtool.rules.yml: promtool accepts the alerts, and they fire as they should" {
	require_command promtool
	run promtool check rules "$rules"
	assert_success
	cd "$monitoring"
	run promtool test rules shmtool.rules.test.yml
	assert_success
}

@test "shmtool.rules.yml: each alert is tested to fire and not to fire" {
	[ "$(alerts)" ]
	for alert in $(alerts); do
		for expected in '\[\]' ''; do
			grep -A 2 -x " *- alertname: $alert" "$monitoring/shmtool.rules.test.yml" |
				grep -qx " *exp_alerts:${expected:+ $expected}" || fail "$alert: no test with alerts ${expected:-present}"
		done
	done
}

@test "dashboard.json: promtool accepts every query" {
	require_command promtool
	jq '{ groups: [{ name: "dashboard", rules: [.. | .expr? // empty | { record: "x", expr: . }] }] }' "$dashboard" >rules.yml
	run promtool check rules --lint=none rules.yml
	assert_success
	assert_output --regexp '[1-9][0-9] rules found'
}

@test "dashboard.json: panels have a unit, a description and a place of their own" {
	run jq -r '.panels[] | select((.description // "") == "" or (.fieldConfig.defaults.unit // "") == "") | .title' "$dashboard"
	assert_success
	assert_output ''
	assert_equal "$(jq '.panels | length == (map(.id) | unique | length)' "$dashboard")" true
	assert_equal "$(jq '[.panels[].gridPos | .x + .w <= 24 and .w > 0 and .h > 0] | all' "$dashboard")" true
	# The cells of the grid.
	assert_equal "$(jq '[.panels[].gridPos | [range(.x; .x + .w)] as $x | range(.y; .y + .h) as $y | $x[] | [., $y]] |
		length == (unique | length)' "$dashboard")" true
}

@test "dashboard.json: every query is for the chosen machine and data source" {
	assert_equal "$(jq -r '.. | .expr? // empty | select(contains("instance=\"$instance\"") | not)' "$dashboard")" ''
	assert_equal "$(jq -r '[.. | .datasource? // empty | .uid] | unique[]' "$dashboard")" '${datasource}'
	assert_equal "$(jq -r '.templating.list[].name' "$dashboard")" $'datasource\ninstance'
}

@test "dashboard.svg: the panels are the upper ones of the dashboard" {
	assert_equal "$(sed -n 's,.*class="title">\([^<]*\)</text>.*,\1,p' "$monitoring/dashboard.svg")" \
		"$(jq -r '.title, (.panels[] | select(.gridPos.y < 28).title)' "$dashboard")"
}

#
# Everything together
#

# get PORT PATH: the answer of a server on this machine.
get() {
	exec 4<>"/dev/tcp/127.0.0.1/$1" || return
	printf 'GET %s HTTP/1.0\r\n\r\n' "$2" >&4
	cat <&4
	exec 4>&-
}

@test "the textfile collector of node_exporter passes on every metric" {
	require_command prometheus-node-exporter
	some_objects
	mkdir text
	shmtool metrics --quiet --output text/shmtool.prom
	background prometheus-node-exporter --collector.disable-defaults --collector.textfile \
		--collector.textfile.directory=text --web.listen-address=127.0.0.1:0
	wait_until 10 grep -q 'Listening on' background.err
	port=$(sed -n 's/.*Listening on.*address=[^ ]*:\([0-9]*\).*/\1/p' background.err)
	get "$port" /metrics | tr -d '\r' >passed
	grep -q '^node_textfile_mtime_seconds{file="[^"]*shmtool.prom"}' passed
	grep -qx 'node_textfile_scrape_error 0' passed
	sed -nE 's/^(shmtool_[a-z_]+).*/\1/p' text/shmtool.prom | sort | uniq -c >written
	[ -s written ]
	assert_equal "$(sed -nE 's/^(shmtool_[a-z_]+).*/\1/p' passed | sort | uniq -c)" "$(cat written)"
	# With their types and texts.
	assert_equal "$(grep '^# HELP shmtool_' passed | sort)" "$(grep '^# HELP ' text/shmtool.prom | sort)"
}

@test "examples/README.md and README.md name every file for monitoring" {
	present=$(cd "$monitoring" && printf '%s\n' * | LC_ALL=C sort)
	assert_equal "$(grep -oE '\(monitoring/[^)]+' "$SRCDIR/examples/README.md" | sed 's,.*/,,' | LC_ALL=C sort -u)" \
		"$present"
}
