# Completion of shmtool in fish, 3.1 or later.
#
# The program does the work: `shmtool __complete` receives the words without quotes and prints
# candidates, one per line (src/cli/completion.h). No typed text is evaluated, and no process but
# the program is started.

function __shmtool_complete
	set -l words (commandline --cut-at-cursor --current-process --tokenize)
	set -l current (commandline --cut-at-cursor --current-token)
	set -l token (string unescape -- "$current" 2>/dev/null; or string trim --left --chars '\'"' -- "$current")
	set -l program $words[1]
	set -l request $words[2..-1]

	switch (string replace --regex '.*/' '' -- "$program")
	case ipcs ipcrm ipcmk
		set request (string replace --regex '.*/' '' -- "$program") $request
		set program shmtool
	end
	command --query -- $program; or set program shmtool

	set -l answer (command $program __complete $request "$token" </dev/null 2>/dev/null)
	set -l directive
	if string match --quiet -- ':*' "$answer[-1]"
		set directive (string split --max 1 ' ' -- $answer[-1])
		set -e answer[-1]
	end
	switch "$directive[1]"
	case :files :dirs
		set -l beginning "$directive[2]"
		set -l path (string sub --start (math (string length -- "$beginning") + 1) -- "$token")
		set -l names
		if test "$directive[1]" = :dirs
			set names (__fish_complete_directories "$path" '')
		else
			set names (__fish_complete_path "$path")
		end
		for name in $names
			printf '%s%s\n' "$beginning" "$name"
		end
	case :program
		# The words after "--", as the command line of their own.
		set -l line (string escape -- $request[$directive[2]..-1])
		complete --do-complete (string join ' ' -- $line "$current")
	case '*'
		printf '%s\n' $answer
	end
end

# make install-compat links this file as ipcs.fish, ipcrm.fish and ipcmk.fish, which fish loads for them.
set -l command (string match --regex -- 'ipc(?:s|rm|mk)(?=\.fish$)' (status filename)); or set command shmtool
complete --command $command --no-files --keep-order --arguments '(__shmtool_complete)'
