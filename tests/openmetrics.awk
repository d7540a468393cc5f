# Checks that a text is valid OpenMetrics 1.0 and, at the same time, valid in the classic text format
# of Prometheus, as far as shmtool metrics uses them: gauges only, and no time stamps or exemplars.
# Prints each error with the number of its line; the status is 1 if there is one.

function wrong(sentence) {
	print NR ": " sentence ": " $0
	failed = 1
}

# Begins another metric. Its lines must be together.
function begin(metric) {
	if (metric == name)
		return
	if (metric in seen)
		wrong("the lines of the metric are not together")
	seen[metric] = 1
	name = metric
	type = help = unit = samples = 0
}

# The labels {a="b",c="d"} at the beginning of a text: sets series to them, and returns the rest of the
# text; "" if they are not valid.
function take_labels(text,    label, names) {
	series = ""
	names = ","
	text = substr(text, 2)
	while (match(text, /^[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\[\\"n])*"/)) {
		label = substr(text, 1, RLENGTH)
		text = substr(text, RLENGTH + 1)
		series = series "," label
		sub(/=.*/, "", label)
		if (index(names, "," label ","))
			wrong("duplicate label")
		names = names label ","
		if (text ~ /^}/)
			return substr(text, 2)
		if (text !~ /^,[a-zA-Z_]/)
			return ""
		text = substr(text, 2)
	}
	return ""
}

ended { wrong("line after # EOF") }

/^$/ || /[ \t\r]$/ { wrong("empty line, or blanks at its end") }

/^# EOF$/ { ended = 1; next }

/^#/ {
	if ($0 !~ /^# (TYPE|HELP|UNIT) [a-zA-Z_:][a-zA-Z0-9_:]* [^ ]/) {
		wrong("not a comment of the format")
		next
	}
	begin($3)
	if (samples)
		wrong("description after the samples")
	if ($2 == "TYPE") {
		if (type++)
			wrong("duplicate type")
		if ($4 != "gauge" || NF != 4)
			wrong("not a gauge")
		if (name ~ /_(total|count|sum|bucket|created)$/)
			wrong("invalid suffix for a gauge")
	} else if ($2 == "HELP") {
		if (help++)
			wrong("duplicate help")
		if ($0 ~ /\\/)
			wrong("backslash in the help")
	} else {
		if (unit++)
			wrong("duplicate unit")
		if (NF != 4 || name !~ ("_" $4 "$"))
			wrong("the name does not end in the unit")
	}
	next
}

{
	if (!match($0, /^[a-zA-Z_:][a-zA-Z0-9_:]*/)) {
		wrong("not a sample")
		next
	}
	begin(substr($0, 1, RLENGTH))
	rest = substr($0, RLENGTH + 1)
	series = ""
	if (rest ~ /^{/)
		rest = take_labels(rest)
	if (rest !~ /^ (-?[0-9]+(\.[0-9]+)?(e[-+][0-9]+)?|\+Inf|-Inf)$/)
		wrong("invalid labels or number")
	if (!type || !help)
		wrong("no type and help before the sample")
	if (name !~ /^shmtool_[a-z_]+$/)
		wrong("the name does not begin with shmtool_")
	if (name ~ /_(bytes|seconds|ratio)$/ && !unit)
		wrong("missing unit")
	if ((name, series) in values)
		wrong("duplicate sample")
	values[name, series] = 1
	samples++
}

END {
	if (!ended) {
		print "missing # EOF"
		failed = 1
	}
	exit failed
}
