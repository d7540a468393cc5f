#!/bin/sh
# Slurm: removes what the jobs of a user left in shared memory on a node. Set it as Epilog= in
# slurm.conf(5); slurmd runs it as root on each node at the end of a job.
#
# It does nothing while the user has another job on the node, and nothing if that cannot be found out.
# When the last job has ended, no process of it is left, so an object needs no age. What is kept for
# another reason stays, as with every removal by filters: objects in use, and objects of programs that
# come back for them, shmtool-families(5).
#
# POSIX objects of programs that no family describes are kept: their maker is unknown. Where users keep
# nothing in /dev/shm between jobs, replace --abandoned by --unused to remove these, too.
#
# To remove message queues and semaphore sets, too, add --kind all --idle-for 0s. Do not do so if users
# run programs outside of jobs: a program that only waits to use a set later leaves no trace.
#
# An epilog that fails drains the node, so its status is always 0.
[ -n "${SLURM_JOB_USER-}" ] && [ "$SLURM_JOB_USER" != root ] || exit 0

jobs=$(squeue --noheader --format=%A --user="$SLURM_JOB_USER" --node="${SLURMD_NODENAME:-localhost}") || exit 0
for job in $jobs; do
	[ "$job" = "${SLURM_JOB_ID-}" ] || exit 0
done

out=$(shmtool rm --owner "$SLURM_JOB_USER" --abandoned --older-than 0s 2>&1) ||
	logger -t shmtool -p daemon.warning "$out"
exit 0
