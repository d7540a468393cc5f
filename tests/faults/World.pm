# The world of one command line: its objects, a way to run the program in it, and a picture of all
# that the program may change. Used by `line`, as the first process of a pid namespace, with an IPC
# namespace, a /dev/shm and a /dev/mqueue of its own.
package World;

use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(time alarm);
use Exporter 'import';

our @EXPORT_OK = qw(begin_world set_up clear_world run_tool picture strangers values_of peer slurp fill_memory);

use constant { IPC_RMID => 0, IPC_CREAT => 01000, GETALL => 13, GETNCNT => 14, SETVAL => 16, SIZE => 8192 };

my ($shmtool, $helpers, $directory, $cwd, $proc);
my %value;     # $segment and so on in a command line
my %name_of;   # "shm 5" => "segment"
my %companion; # processes of the set-up: pid => 1
my %ended;     # those that have ended: pid => status
my $peer;      # the other side of a channel

sub begin_world {
	($shmtool, $helpers, $directory) = @_;
	($cwd, $proc) = ("$directory/cwd", "$directory/proc");
	chdir $cwd or die "$cwd: $!";
	# The ids of the kernel begin to have a high part: none is a number that also means something else.
	for (1 .. 64) {
		shmctl shmget(0, 1, 0600), IPC_RMID, 0;
		msgctl msgget(0, 0600), IPC_RMID, 0;
		semctl semget(0, 1, 0600), 0, IPC_RMID, 0;
	}
}

# The bytes of every object and file.
sub content {
	my ($size) = @_;
	my $bytes = join '', map { sprintf "line %06d of the input\n", $_ } 1 .. $size / 22 + 1;
	return substr $bytes, 0, $size;
}

sub put {
	my ($path, $bytes, $mode) = @_;
	open my $file, '>', $path or die "$path: $!";
	print $file $bytes;
	close $file or die "$path: $!";
	chmod $mode // 0600, $path;
}

# companion OUTPUT COMMAND...: starts a process of the set-up.
sub companion {
	my ($output, $wait, @command) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		open STDIN, '<', -e 'input' ? 'input' : '/dev/null';
		open STDOUT, '>', "$directory/$output";
		open STDERR, '>', "$directory/$output.err";
		exec @command or POSIX::_exit(127);
	}
	$companion{$pid} = 1;
	for (1 .. 2000) {
		last if !$wait || -s "$directory/$output";
		select undef, undef, undef, 0.002;
	}
	return $pid;
}

sub keep {
	my ($kind, $name, $id) = @_;
	defined $id or die "$name: $!";
	$name_of{"$kind $id"} = $name;
	$value{$name} = $id;
}

sub new_segment {
	my ($name, $key) = @_;
	my $id = shmget $key, SIZE, IPC_CREAT | 0600;
	shmwrite $id, content(SIZE), 0, SIZE or die "shmwrite: $!";
	keep('shm', $name, $id);
}

# Of texts that two processes pass to each other in turn.
my @turns = ('--protocol', 'turn', '--layout', 'int turn; char text[64];', qw(--until end --timeout 9s /faults-channel));

# The other side of the programs that announce each text in a FIFO or by semaphores.
my @texts = qw(--until end --timeout 9s /faults-channel);
my @fifo = (qw(--fifo fifo), @texts);
my @semaphores = ('--semaphore', 'psem:/faults-s,psem:/faults-r', @texts);

# other_side COMMAND ARGUMENT...: what it receives can be compared with the input.
sub other_side {
	$peer = companion('peer', 0, $shmtool, @_);
}

# repeat CODE MILLISECONDS: does it again and again, with this pause, until the world is cleared.
sub repeat {
	my ($code, $milliseconds) = @_;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		for (;;) {
			$code->();
			select undef, undef, undef, $milliseconds / 1000;
		}
	}
	$companion{$pid} = 1;
}

# Changes the first bytes of a segment and an object.
sub change {
	my $bytes = rand() < 0.5 ? 'one' : 'two';
	shmwrite $value{segment}, $bytes, 0, 3 if defined $value{segment};
	return if !-e '/dev/shm/faults-object';
	open my $object, '+<', '/dev/shm/faults-object';
	syswrite $object, $bytes;
}

# The words of the second column of the table.
my %fixture = (
	none => sub { },
	segment => sub { new_segment('segment', 0xfa01) },
	other => sub { new_segment('other', 0xfa02); put('/dev/shm/faults-other', content(SIZE)) },
	object => sub { put('/dev/shm/faults-object', content(SIZE)) },
	sparse => sub { put('/dev/shm/faults-sparse', ''); truncate '/dev/shm/faults-sparse', 65536 },
	empty => sub { put('/dev/shm/faults-channel', '') ; truncate '/dev/shm/faults-channel', 16384 },
	garbage => sub {
		for (31998, 31999) {
			put("/dev/shm/WK2SharedMemory.$_", content(SIZE));
			utime 1e9, 1e9, "/dev/shm/WK2SharedMemory.$_";
		}
	},
	old => sub { utime 1e9, 1e9, glob '/dev/shm/faults-*' },
	tree => sub { mkdir '/dev/shm/faults-tree'; put("/dev/shm/faults-tree/$_", content(99)) for 1, 2 },
	psem => sub { system("$helpers/sem_make", '/faults-sem', 3) == 0 or die 'sem_make' },
	pmsg => sub { system("$helpers/mq_control", 'make', '/faults-queue', '0600', 2, 64) == 0 or die 'mq_control' },
	queue => sub {
		keep('msg', 'queue', msgget(0xfa03, IPC_CREAT | 0600));
		msgsnd $value{queue}, pack('l! a*', 1, 'message'), 0 or die "msgsnd: $!";
	},
	set => sub { keep('sem', 'set', semget(0xfa04, 3, IPC_CREAT | 0600)) },
	file => sub { put('file', content(SIZE)) },
	input => sub { put('input', content(SIZE)) },
	large => sub { put('input', content(1 << 20)) },
	csv => sub { put('rows', "a,b\n1,2\n3,4\n") },
	yes => sub { put('yes', "y\n") },
	json => sub { put('rows', "[{\"turn\":1,\"value\":2}]\n") },
	events => sub { put('events', content(0)) },
	holder => sub {
		$value{holder} = companion('holder', 1, "$helpers/hold_segment", $value{segment});
		companion('opener', 1, "$helpers/hold_mapping", '/dev/shm/faults-object', 'shared')
			if -e '/dev/shm/faults-object';
	},
	memfd => sub { $value{memfd} = companion('memfd', 1, "$helpers/hold_memfd", 65536) },
	short => sub { put('short', content(100)) },
	quit => sub { put('quit', 'q') },
	fifo => sub { POSIX::mkfifo('fifo', 0600) or die "fifo: $!" },
	semaphores => sub {
		system("$helpers/sem_make", '/faults-s', 1) == 0 && system("$helpers/sem_make", '/faults-r', 0) == 0 or die 'sem_make';
	},
	'tree-holder' => sub { companion('opener', 1, "$helpers/hold_mapping", '/dev/shm/faults-tree/1', 'shared') },
	changer => sub { repeat(\&change, 5) },
	returning => sub { repeat(sub { put('/dev/shm/faults-object', content(SIZE)) if !-e '/dev/shm/faults-object' }, 5) },
	# Longer than the time between samples.
	maker => sub {
		my $id;
		repeat(sub {
			if (defined $id) {
				unlink '/dev/shm/faults-made';
				shmctl $id, IPC_RMID, 0;
				undef $id;
			} else {
				put('/dev/shm/faults-made', 'x');
				$id = shmget 0, 1, 0600;
			}
		}, 120);
	},
	# Releases the one that waits.
	poster => sub {
		repeat(sub { semop $value{set}, pack 's!3', 0, 1, 0 if (semctl($value{set}, 0, GETNCNT, 0) // 0) > 0 }, 2);
	},
	receiver => sub { other_side(qw(recv --create --size 16K --timeout 9s /faults-channel)) },
	texts => sub { put('input', "first\nsecond\nend\n"); put('/dev/shm/faults-channel', "\0" x 4096) },
	turns => sub { companion('peer', 0, $shmtool, 'recv', @turns) },
	'turn-sender' => sub { companion('peer', 0, $shmtool, 'send', @turns) },
	sender => sub { other_side(qw(send --create --size 16K --timeout 9s /faults-channel)) },
	'fifo-receiver' => sub { other_side('recv', @fifo) },
	'fifo-sender' => sub { other_side('send', @fifo) },
	'semaphore-receiver' => sub { other_side('recv', @semaphores) },
	'semaphore-sender' => sub { other_side('send', @semaphores) },
	'set-receiver' => sub {
		semctl $value{set}, 0, SETVAL, 1;
		other_side('recv', '--semaphore', "sem:$value{set}:0,sem:$value{set}:1", @texts);
	},
	'message-sender' => sub { companion('peer', 0, $shmtool, qw(send --messages --timeout 9s /faults-channel)) },
	'message-senders' => sub {
		my @send = ($shmtool, qw(send --messages --timeout 9s /faults-channel));
		my $first = companion('peer', 0, @send);
		companion('peer', 0, $^X, '-e', 'select undef, undef, undef, 0.005 while kill 0, $ARGV[0]; shift; exec @ARGV', $first, @send);
	},
);

sub set_up {
	my ($words) = @_;
	%value = %name_of = ();
	for (split /,/, $words) {
		my $make = $fixture{$_} or die "unknown word of a set-up: $_\n";
		$make->();
	}
	return 1;
}

sub values_of {
	return \%value;
}

sub slurp {
	my ($path) = @_;
	open my $file, '<', $path or return "($!)";
	my $bytes = '';
	1 while length $bytes < 1 << 24 && (sysread($file, $bytes, 1 << 20, length $bytes) // 0) > 0;
	return $bytes;
}

# peer LIMIT: the status and the output of the other side of a channel if it ends within LIMIT seconds.
sub peer {
	my ($limit) = @_;
	for (1 .. $limit * 200) {
		my $ended = waitpid $peer, POSIX::WNOHANG();
		$ended{$ended} = $? if $ended > 0;
		last if defined $ended{$peer};
		select undef, undef, undef, 0.005;
	}
	return undef if !defined $ended{$peer};
	delete $companion{$peer};
	return { status => $ended{$peer}, out => slurp("$directory/peer"), err => slurp("$directory/peer.err") };
}

# Ends all processes of the namespace, and removes all objects and files.
sub clear_world {
	kill 'KILL', -1;
	1 while waitpid(-1, 0) > 0;
	%companion = %ended = ();
	for my $kind (qw(shm msg sem)) {
		for (list_ipc($kind)) {
			my $id = $_->[1];
			shmctl $id, IPC_RMID, 0 if $kind eq 'shm';
			msgctl $id, IPC_RMID, 0 if $kind eq 'msg';
			semctl $id, 0, IPC_RMID, 0 if $kind eq 'sem';
		}
	}
	remove_below($_) for '/dev/shm', '/dev/mqueue', $cwd;
	unlink "$directory/peer", "$directory/holder", "$directory/opener", "$directory/memfd";
}

sub names_in {
	my ($path) = @_;
	opendir my $handle, $path or return ();
	return sort grep { $_ ne '.' && $_ ne '..' } readdir $handle;
}

sub remove_below {
	my ($path) = @_;
	for (names_in($path)) {
		if (-d "$path/$_" && !-l "$path/$_") {
			chmod 0700, "$path/$_";
			remove_below("$path/$_");
			rmdir "$path/$_";
		} else {
			unlink "$path/$_";
		}
	}
}

sub list_ipc {
	my ($kind) = @_;
	my @lines = split /\n/, slurp("$proc/sysvipc/$kind");
	shift @lines;
	return map { [split ' '] } @lines;
}

sub add_files {
	my ($picture, $path) = @_;
	for (names_in($path)) {
		my $name = "$path/$_";
		my @stat = lstat $name or next;
		my $what = sprintf '%o %d:%d', $stat[2], $stat[4], $stat[5];
		if (-d _) {
			$picture->{$name} = $what;
			add_files($picture, $name);
		} else {
			$picture->{$name} = "$what $stat[7]";
			$picture->{"$name\0"} = -f _ ? slurp($name) : '' if $stat[7] || $name =~ m{^/dev/mqueue};
		}
	}
}

# Everything that the program may change: a hash of an object's name to its attributes, and of its
# name with a NUL to its content. An object that is not of the set-up has a number for a name.
sub picture {
	my (%picture, %count);
	for my $kind (qw(shm msg sem)) {
		for (list_ipc($kind)) {
			my ($key, $id, $perms, @rest) = @$_;
			my $name = $name_of{"$kind $id"} // 'new ' . ++$count{$kind};
			# shm: size, nattch, uid, gid; msg: cbytes, qnum, uid, gid; sem: nsems, uid, gid
			my @shown = @rest[$kind eq 'shm' ? (0, 3 .. 5) : $kind eq 'msg' ? (0, 1, 4, 5) : 0 .. 2];
			# ipcmk makes random keys.
			$key = 'key' if $name =~ /^new/ && $key !~ /^6400\d$/;
			$picture{"$kind $name"} = "$key $perms @shown";
			my $bytes = '';
			if ($kind eq 'shm') {
				shmread $id, $bytes, 0, $rest[0];
				$picture{"$kind $name\0"} = $bytes;
			} elsif ($kind eq 'sem') {
				semctl $id, 0, GETALL, $bytes;
				$picture{"$kind $name\0"} = join ' ', unpack 's!*', $bytes;
			}
		}
	}
	add_files(\%picture, $_) for '/dev/shm', '/dev/mqueue', $cwd;
	return \%picture;
}

sub living {
	return grep {
		/^\d+$/ && $_ != 1 && !$companion{$_} && slurp("$proc/$_/stat") !~ /\) [ZX] |^\(/
	} names_in($proc);
}

# Processes that are not of the set-up and are still there two seconds after the end of the program.
sub strangers {
	my @pids;
	for (1 .. 400) {
		while ((my $pid = waitpid(-1, POSIX::WNOHANG())) > 0) {
			$ended{$pid} = $?;
		}
		@pids = living() or return ();
		select undef, undef, undef, 0.005;
	}
	return map { slurp("$proc/$_/cmdline") =~ tr/\0/ /r } @pids;
}

# fill_memory ROOM: takes all of /dev/shm but ROOM bytes, by a file without a name; returns the file.
sub fill_memory {
	my ($room) = @_;
	open my $file, '+>', '/dev/shm/faults-filler' or die "faults-filler: $!";
	unlink '/dev/shm/faults-filler';
	my ($zeroes, $size) = ("\0" x 65536, 0);
	while (my $written = syswrite $file, $zeroes) {
		$size += $written;
	}
	truncate $file, $size - $room if $room;
	return $file;
}

# run_tool WORDS, OPTIONS: runs the program, and returns its status, signal, whether it had to be
# ended, and its output. Options: before (words before it), in, out (files), limit (seconds), kill
# (seconds until SIGKILL), storm (send it signals), until (SIGTERM when the output matches).
sub run_tool {
	my ($words, %option) = @_;
	my ($out, $err) = ($option{out} // "$directory/out", "$directory/err");
	unlink $out if -f $out;
	my $begun = time;
	my $pid = fork // die "fork: $!";
	if (!$pid) {
		POSIX::setsid();
		open STDIN, '<', $option{in} // '/dev/null' or POSIX::_exit(125);
		open STDOUT, '>', $out or POSIX::_exit(125);
		open STDERR, '>', $err or POSIX::_exit(125);
		exec @{ $option{before} // [] }, $shmtool, @$words or POSIX::_exit(126);
	}
	my %result = (hang => 0);
	if (defined $option{kill}) {
		select undef, undef, undef, $option{kill};
		kill 'KILL', $pid;
	}
	storm($pid) if $option{storm};
	interrupt($pid, $out, $option{until}) if $option{until};
	my $status;
	eval {
		local $SIG{ALRM} = sub { die "late\n" };
		alarm($option{limit} // 10);
		while (!defined $status) {
			my $ended = waitpid -1, 0;
			$status = $? if $ended == $pid;
			$ended{$ended} = $?;
			delete $companion{$ended};
			last if $ended < 0;
		}
		alarm 0;
	};
	alarm 0;
	$result{seconds} = time - $begun;
	if (!defined $status) {
		$result{hang} = 1;
		$result{where} = join ' ', map { slurp("$proc/$_/wchan") } living();
		$status = 0;
	}
	@result{qw(status signal)} = ($status >> 8, $status & 127);
	$result{out} = -f $out ? slurp($out) : '';
	$result{err} = slurp($err);
	return \%result;
}

# Interrupts the process's calls some hundred times a second, for as long as it runs.
sub storm {
	my ($pid) = @_;
	for (1 .. 2000) {
		for my $signal (qw(WINCH STOP CONT)) {
			kill $signal, $pid;
		}
		last if has_ended($pid);
		select undef, undef, undef, 0.0005;
	}
}

# The end of a process is not seen by kill(2) before it is waited for.
sub has_ended {
	my ($pid) = @_;
	return slurp("$proc/$pid/stat") =~ /\) [ZX] |^\(/;
}

# Ends the process when the file OUT matches, or after three seconds. strace(1) itself ignores it.
sub interrupt {
	my ($pid, $out, $until) = @_;
	for (1 .. 600) {
		last if has_ended($pid) || -f $out && slurp($out) =~ /$until/s;
		select undef, undef, undef, 0.005;
	}
	kill 'TERM', -$pid;
}

1;
