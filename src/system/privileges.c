#include "system/privileges.h"

#include "system/linux.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t bit(unsigned int capability)
{
	return UINT64_C(1) << capability;
}

/* The capabilities to keep. Global, since capabilities are an attribute of the process. */
static uint64_t kept = UINT64_MAX;

/* The capability sets of capget(2) as bit masks. */
struct sets {
	uint64_t effective;
	uint64_t permitted;
	uint64_t inheritable;
};

static int read_sets(struct sets *sets)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return -1;
	sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

static int write_sets(const struct sets *sets)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{ (uint32_t)sets->effective, (uint32_t)sets->permitted,
		  (uint32_t)sets->inheritable },
		{ (uint32_t)(sets->effective >> 32), (uint32_t)(sets->permitted >> 32),
		  (uint32_t)(sets->inheritable >> 32) },
	};

	return (int)syscall(SYS_capset, &header, data);
}

/*
 * A lease on another user's file requires CAP_LEASE in the initial user namespace; without it, the
 * lease is taken as the file's owner, setfsuid(2).
 */
static bool can_lease(const struct sets *sets)
{
	struct stat st;

	return (sets->permitted & bit(CAP_LEASE)) && stat("/proc/self/ns/user", &st) == 0 &&
	       st.st_ino == LINUX_FIRST_USER_NAMESPACE;
}

static uint64_t needed(unsigned int uses, const struct sets *sets)
{
	uint64_t needed = 0;

	/*
	 * Read /proc/PID, directories and objects of other users without updating the access time
	 * (FOWNER); read System V objects without permission (IPC_OWNER).
	 */
	if (uses & PRIVILEGE_LOOK)
		needed |= bit(CAP_SYS_PTRACE) | bit(CAP_DAC_READ_SEARCH) | bit(CAP_FOWNER) |
		          bit(CAP_IPC_OWNER);
	if (uses & PRIVILEGE_FOLLOW)
		needed |= (sets->permitted & bit(CAP_CHECKPOINT_RESTORE))
		              ? bit(CAP_CHECKPOINT_RESTORE)
		              : bit(CAP_SYS_ADMIN);
	/* SYS_ADMIN: IPC_RMID of objects that others own. */
	if (uses & PRIVILEGE_REMOVE)
		needed |= bit(CAP_DAC_OVERRIDE) | bit(CAP_SYS_ADMIN) |
		          (can_lease(sets) ? bit(CAP_LEASE) : bit(CAP_SETUID));
	if (uses & PRIVILEGE_ENTER)
		needed |= bit(CAP_SYS_ADMIN);
	if (uses & PRIVILEGE_MOUNTS)
		needed |= bit(CAP_SYS_ADMIN) | bit(CAP_SYS_CHROOT);
	/* In another namespace, files are renamed and leased as the directory's or file's owner. */
	if ((uses & PRIVILEGE_ENTER) && (uses & PRIVILEGE_REMOVE))
		needed |= bit(CAP_SETUID) | bit(CAP_SETGID);
	return needed;
}

void privileges_keep_again(void)
{
	struct sets sets;

	if (read_sets(&sets) < 0 || !(sets.permitted & bit(CAP_SYS_PTRACE)))
		return;
	sets.effective &= kept;
	sets.permitted &= kept;
	sets.inheritable &= kept;
	/* Dropping capabilities is always permitted; a failure would leave them unchanged. */
	(void)write_sets(&sets);
}

void privileges_keep(unsigned int uses)
{
	struct sets sets;

	if (read_sets(&sets) < 0)
		return;
	kept = needed(uses, &sets);
	privileges_keep_again();
}

bool privileges_can_inspect(void)
{
	struct sets sets;

	return read_sets(&sets) == 0 && (sets.effective & bit(CAP_SYS_PTRACE));
}

/* Whether a non-root user has capabilities that were not inherited as ambient ones. */
static bool has_file_capabilities(void)
{
	struct sets sets;

	if (geteuid() == 0 || read_sets(&sets) < 0)
		return false;
	for (unsigned int i = 0; i < 64; i++) {
		if ((sets.permitted & bit(i)) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 0)
			return true;
	}
	return false;
}

bool privileges_are_lent(void)
{
	return getauxval(AT_SECURE) != 0 &&
	       (getuid() != geteuid() || getgid() != getegid() || has_file_capabilities());
}
