#include "unit.h"

#include "system/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD_ "2c48913c_b29f_11e7_9350_020968147796"
#define POD  "2c48913c-b29f-11e7-9350-020968147796"
#define HASH "0123456789abcdef0123456789abcdef"

static const struct {
	const char *path;
	enum cgroup_rank rank;
	const char *name; /* "" for CGROUP_PATH */
} names[] = {
	/* systemd */
	{ "/", CGROUP_PATH, "" },
	{ "/init.scope", CGROUP_UNIT, "init.scope" },
	{ "/system.slice/sshd.service", CGROUP_UNIT, "sshd.service" },
	{ "/system.slice/system-getty.slice/getty@tty1.service", CGROUP_UNIT,
	  "getty@tty1.service" },
	{ "/system.slice/system-postgresql.slice/postgresql@15-main.service", CGROUP_UNIT,
	  "postgresql@15-main.service" },
	{ "/system.slice/dev-disk-by\\x2duuid-1.swap", CGROUP_UNIT, "dev-disk-by\\x2duuid-1.swap" },
	{ "/system.slice/_cpu.service", CGROUP_UNIT, "cpu.service" },
	{ "/system.slice/delegating.service/workers/1", CGROUP_UNIT, "delegating.service" },
	{ "/user.slice", CGROUP_SLICE, "user.slice" },
	{ "/user.slice/user-1000.slice", CGROUP_SLICE, "user-1000.slice" },
	{ "/user.slice/user-1000.slice/session-3.scope", CGROUP_UNIT, "session-3.scope" },
	{ "/user.slice/user-1000.slice/user@1000.service/init.scope", CGROUP_UNIT,
	  "user@1000:init.scope" },
	{ "/user.slice/user-1000.slice/user@1000.service/app.slice/app-x\\x2dy-7.scope",
	  CGROUP_UNIT, "user@1000:app-x\\x2dy-7.scope" },
	{ "/user.slice/user-1000.slice/user@1000.service", CGROUP_UNIT, "user@1000.service" },
	/* containers */
	{ "/system.slice/docker-" ID ".scope", CGROUP_GUEST, "docker:0123456789ab" },
	{ "/docker/" ID, CGROUP_GUEST, "docker:0123456789ab" },
	{ "/docker/" ID "/init", CGROUP_GUEST, "docker:0123456789ab" },
	{ "/../" ID, CGROUP_GUEST, "container:0123456789ab" },
	{ "/ecs/" HASH "/" ID, CGROUP_GUEST, "container:0123456789ab" },
	{ "/machine.slice/libpod-" ID ".scope/container", CGROUP_GUEST, "podman:0123456789ab" },
	{ "/machine.slice/machine-libpod_pod_" ID ".slice/libpod-" ID ".scope", CGROUP_GUEST,
	  "podman:0123456789ab" },
	{ "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
	  CGROUP_GUEST, "podman:0123456789ab" },
	{ "/libpod_parent/libpod-" ID, CGROUP_GUEST, "podman:0123456789ab" },
	{ "/libpod-" ID ".scope/container/system.slice/cron.service", CGROUP_GUEST,
	  "podman:0123456789ab" },
	{ "/system.slice/libpod-conmon-" ID ".scope", CGROUP_UNIT, "libpod-conmon-" ID ".scope" },
	{ "/system.slice/nerdctl-" ID ".scope", CGROUP_GUEST, "nerdctl:0123456789ab" },
	{ "/system.slice/docker-0123.scope", CGROUP_UNIT, "docker-0123.scope" },
	/* Kubernetes */
	{ "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD_
	  ".slice/cri-containerd-" ID ".scope",
	  CGROUP_GUEST, "pod:" POD "/0123456789ab" },
	{ "/kubepods.slice/kubepods-pod" POD_ ".slice/crio-" ID ".scope", CGROUP_GUEST,
	  "pod:" POD "/0123456789ab" },
	{ "/kubepods.slice/kubepods-pod" POD_ ".slice", CGROUP_GUEST, "pod:" POD },
	{ "/kubepods/besteffort/pod" POD "/" ID, CGROUP_GUEST, "pod:" POD "/0123456789ab" },
	{ "/kubepods/pod" HASH "/" ID, CGROUP_GUEST, "pod:" HASH "/0123456789ab" },
	{ "/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD_
	  ".slice/cri-containerd-" ID ".scope",
	  CGROUP_GUEST, "pod:" POD "/0123456789ab" },
	{ "/system.slice/cri-containerd-" ID ".scope", CGROUP_GUEST, "containerd:0123456789ab" },
	{ "/kubepods/podium", CGROUP_PATH, "" },
	{ "/podium.slice", CGROUP_SLICE, "podium.slice" },
	/* system containers and machines */
	{ "/lxc.payload.web/system.slice/nginx.service", CGROUP_GUEST, "lxc:web" },
	{ "/lxc/web", CGROUP_GUEST, "lxc:web" },
	{ "/lxc/web/docker/" ID, CGROUP_GUEST, "docker:0123456789ab" },
	{ "/machine.slice/systemd-nspawn@my\\x2dbox.service/payload", CGROUP_GUEST,
	  "machine:my-box" },
	{ "/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt/emulator", CGROUP_GUEST,
	  "machine:qemu-1-vm" },
	{ "/machine.slice/machine-a\\x2.scope", CGROUP_GUEST, "machine:a\\x2" },
	/* batch jobs */
	{ "/system.slice/slurmstepd.scope/job_123/step_0/user/task_0", CGROUP_GUEST,
	  "slurm:123.0" },
	{ "/system.slice/n1_slurmstepd.scope/job_9/step_batch", CGROUP_GUEST, "slurm:9.batch" },
	{ "/slurm/uid_1000/job_123", CGROUP_GUEST, "slurm:123" },
	{ "/system.slice/other.service/job_123", CGROUP_UNIT, "other.service" },
	{ "/pbs_jobs.service/jobid/77.head", CGROUP_GUEST, "pbs:77.head" },
	/* others */
	{ "/my/group", CGROUP_PATH, "" },
	{ "/.service", CGROUP_PATH, "" },
	{ "no/leading/slash.service", CGROUP_UNIT, "slash.service" },
};

static void short_names(void)
{
	for (size_t i = 0; i < UNIT_ROWS(names); i++) {
		char name[CGROUP_NAME_SIZE];
		const enum cgroup_rank rank = cgroup_name(names[i].path, name);

		unit_check(rank == names[i].rank && strcmp(name, names[i].name) == 0,
		           "%s is '%s' of rank %d, expected '%s' of rank %d", names[i].path, name,
		           (int)rank, names[i].name, (int)names[i].rank);
	}
}

static const struct {
	const char *text;
	const char *path; /* NULL: none */
	const char *unit;
} files[] = {
	{ "0::/system.slice/a.service\n", "/system.slice/a.service", "a.service" },
	{ "0::/\n", "/", "/" },
	{ "0::/my group\n", "/my group", "/my group" },
	{ "0::/a.scope (deleted)\n", "/a.scope", "a.scope" },
	/* version 1: the group of the batch system is in its controllers only */
	{ "3:memory:/slurm/uid_7/job_5/step_1/task_0\n1:name=systemd:/system.slice/slurmd.service\n",
	  "/slurm/uid_7/job_5/step_1/task_0", "slurm:5.1" },
	{ "3:memory:/user.slice\n1:name=systemd:/user.slice/user-0.slice/session-1.scope\n",
	  "/user.slice/user-0.slice/session-1.scope", "session-1.scope" },
	{ "11:cpu,cpuacct:/docker/" ID "\n4:memory:/docker/" ID "\n", "/docker/" ID,
	  "docker:0123456789ab" },
	{ "2:cpuset:/x\n5:memory:/y\n", "/y", "/y" },
	{ "2:memory:/x:y\n", "/x:y", "/x:y" },
	/* hybrid */
	{ "5:memory:/mine\n1:name=systemd:/\n0::/\n", "/mine", "/mine" },
	{ "5:memory:/b.service\n1:name=systemd:/c.service\n0::/a.service\n", "/a.service",
	  "a.service" },
	/* nothing */
	{ "", NULL, NULL },
	{ "garbage\n0::relative\n", NULL, NULL },
};

static void hierarchies(void)
{
	for (size_t i = 0; i < UNIT_ROWS(files); i++) {
		char text[512];
		struct cgroup cgroup;
		int result;

		snprintf(text, sizeof(text), "%s", files[i].text);
		result = cgroup_choose(text, &cgroup);
		unit_check((result == 0) == (files[i].path != NULL), "'%s': result %d",
		           files[i].text, result);
		if (result == 0 && files[i].path != NULL) {
			unit_check_text(files[i].text, cgroup.path, files[i].path);
			unit_check_text(files[i].text, cgroup.unit, files[i].unit);
		}
		free(cgroup.path);
		free(cgroup.unit);
	}
}

/* Long and odd components, which nothing but a length of 255 bytes limits. */
static void long_names(void)
{
	static const char *const affixes[][2] = {
		{ "", ".service" },         { "", ".slice" },         { "user@", ".service" },
		{ "lxc.payload.", "" },     { "machine-", ".scope" }, { "step_", "" },
		{ "job_1/slurm/job_", "" }, { "_", ".scope" },        { "", "" },
	};

	for (size_t i = 0; i < UNIT_ROWS(affixes); i++) {
		for (size_t length = 0; length <= 300; length += 50) {
			char name[CGROUP_NAME_SIZE];
			char middle[301];
			char path[2048];

			memset(middle, 'x', length);
			middle[length] = '\0';
			snprintf(path, sizeof(path), "/slurm/job_1/%s%s%s/%s%s%s/x.scope",
			         affixes[i][0], middle, affixes[i][1], affixes[i][0], middle,
			         affixes[i][1]);
			(void)cgroup_name(path, name);
			unit_check(strlen(name) < sizeof(name), "%s: no end", path);
			(void)cgroup_name(path + strlen("/slurm/job_1"), name);
			unit_check(strlen(name) < sizeof(name), "%s: no end", path);
		}
	}
}

static const struct unit_test tests[] = {
	{ "names of any length have an end", long_names },
	{ "the short name of a control group is its unit, container or job", short_names },
	{ "the hierarchy with the most specific name is chosen", hierarchies },
};

UNIT_SUITE(cgroup_suite, "cgroup", tests);
