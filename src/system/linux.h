/*
 * Constants and structs of the kernel that the headers of older distributions lack, each with the
 * Linux version that introduced it. A definition here implies nothing about the running kernel:
 * every use has a fallback that is chosen at run time. Constants of the kernel's interface that no
 * header defines are here as well.
 *
 * The headers that define them today are included first, so that their definitions take precedence.
 */
#ifndef SHMTOOL_SYSTEM_LINUX_H
#define SHMTOOL_SYSTEM_LINUX_H

#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <stdint.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>

/*
 * System calls. Since Linux 5.1 new calls have the same number on all architectures except alpha.
 */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* 5.1 */
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* 5.3 */
#endif
#ifndef SYS_close_range
#define SYS_close_range 436 /* 5.9 */
#endif
#ifndef SYS_openat2
#define SYS_openat2 437 /* 5.6 */
#endif
#ifndef SYS_cachestat
#define SYS_cachestat 451 /* 6.5 */
#endif

/*
 * openat2(2), <linux/openat2.h>, 5.6: struct open_how, and flags for resolving a path.
 */
struct linux_open_how {
	uint64_t flags; /* of open(2) */
	uint64_t mode;
	uint64_t resolve; /* of LINUX_RESOLVE_... */
};

enum {
	LINUX_RESOLVE_NO_XDEV = 0x01,
	LINUX_RESOLVE_NO_SYMLINKS = 0x04,
	LINUX_RESOLVE_BENEATH = 0x08,
	LINUX_RESOLVE_IN_ROOT = 0x10,
};

/*
 * statx(2): 5.8
 */
#ifndef STATX_ATTR_MOUNT_ROOT
#define STATX_ATTR_MOUNT_ROOT 0x00002000
#endif
#ifndef STATX_MNT_ID
#define STATX_MNT_ID 0x00001000
#endif

/*
 * shmctl(2), msgctl(2), semctl(2): 4.17
 */
#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif
#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif
/* The bit of a command for today's structs, where there were older ones. */
#define LINUX_IPC_64 0x100

/* <linux/sem.h>, which conflicts with <sys/sem.h>: the largest value of a semaphore, semctl(2). */
#ifndef SEMVMX
#define SEMVMX 32767
#endif

/* Bits of shm_perm.mode; <sys/shm.h> defines them only with other feature macros. */
#ifndef SHM_DEST
#define SHM_DEST 01000
#endif
#ifndef SHM_LOCKED
#define SHM_LOCKED 02000
#endif

/* msgrcv(2): 3.8 */
#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

/* shmget(2), memfd_create(2): bit position in flags of the log2 of the huge page size. */
#ifndef SHM_HUGE_SHIFT
#define SHM_HUGE_SHIFT 26
#endif
#ifndef MFD_HUGE_SHIFT
#define MFD_HUGE_SHIFT 26
#endif

/*
 * madvise(2): 5.14
 */
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

/*
 * capabilities(7): 5.9
 */
#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

/*
 * f_type of statfs(2)
 */
#define LINUX_MQUEUE_MAGIC   0x19800202 /* ipc/mqueue.c */
#define LINUX_ZFS_MAGIC      0x2fc12fc1
#define LINUX_BCACHEFS_MAGIC 0xca451a4e
#ifndef EROFS_SUPER_MAGIC_V1
#define EROFS_SUPER_MAGIC_V1 0xe0f5e1e2 /* 5.4 */
#endif

/* The inode of the initial user namespace in /proc/PID/ns: PROC_USER_INIT_INO in proc_ns.h. */
#define LINUX_FIRST_USER_NAMESPACE 0xeffffffdU

/* PF_KTHREAD in the flags of /proc/PID/stat: a kernel thread. */
#define LINUX_KERNEL_THREAD 0x00200000

/*
 * seccomp_unotify(2), <linux/seccomp.h>: 5.19 and 6.6
 */
#define LINUX_SECCOMP_WAIT_KILLABLE 0x20
#define LINUX_SECCOMP_SET_FLAGS     _IOW('!', 4, uint64_t)
#define LINUX_SECCOMP_SYNC_WAKE_UP  0x01

/*
 * fanotify_init(2): 5.15 and 5.17
 */
#ifndef FAN_REPORT_PIDFD
#define FAN_REPORT_PIDFD          0x00000080
#define FAN_EVENT_INFO_TYPE_PIDFD 4
#endif
#ifndef FAN_REPORT_TARGET_FID
#define FAN_REPORT_TARGET_FID 0x00001000
#endif
#ifndef FAN_RENAME
#define FAN_RENAME 0x10000000
#endif
#define LINUX_FAN_INFO_OLD_NAME 10
#define LINUX_FAN_INFO_NEW_NAME 12

/*
 * name_to_handle_at(2): 6.5
 */
#ifndef AT_HANDLE_FID
#define AT_HANDLE_FID 0x200
#endif

/*
 * fsopen(2), fsconfig(2), fsmount(2), <linux/mount.h>: 5.2
 */
#ifndef SYS_fsopen
#define SYS_fsopen   430
#define SYS_fsconfig 431
#define SYS_fsmount  432
#endif
#define LINUX_FSOPEN_CLOEXEC  1
#define LINUX_FSCONFIG_CREATE 6
#define LINUX_FSMOUNT_CLOEXEC 1

/* <linux/pidfd.h>, 6.11: PIDFD_GET_IPC_NAMESPACE. */
#define LINUX_PIDFD_TO_IPC_NAMESPACE _IO(0xFF, 2)

/*
 * cachestat(2), <linux/mman.h>, 6.5: struct cachestat_range in bytes, and struct cachestat in
 * pages.
 */
struct linux_cachestat_range {
	uint64_t offset;
	uint64_t length; /* 0: to the end */
};

struct linux_cachestat {
	uint64_t cached;
	uint64_t dirty;
	uint64_t writeback;
	uint64_t evicted;
	uint64_t recently_evicted;
};

/*
 * ioctl(2) PROCMAP_QUERY on /proc/PID/maps, <linux/fs.h>, 6.11: struct procmap_query.
 */
struct linux_map_query {
	uint64_t size;  /* of this struct in bytes */
	uint64_t flags; /* requested: bits of LINUX_MAP_... */
	uint64_t address;
	uint64_t start;
	uint64_t end;
	uint64_t found_flags;
	uint64_t page_bytes;
	uint64_t offset;
	uint64_t inode;
	uint32_t device_major;
	uint32_t device_minor;
	uint32_t name_size;
	uint32_t build_id_size;
	uint64_t name_address;
	uint64_t build_id_address;
};

#define LINUX_MAP_QUERY _IOWR('f', 17, struct linux_map_query)

enum {
	LINUX_MAP_READABLE = 0x01,
	LINUX_MAP_WRITABLE = 0x02,
	LINUX_MAP_SHARED = 0x08,
	LINUX_MAP_COVERING_OR_NEXT = 0x10,
	LINUX_MAP_FILE_BACKED = 0x20,
};

/*
 * ioctl(2) PAGEMAP_SCAN on /proc/PID/pagemap, <linux/fs.h>, 6.7: struct pm_scan_arg and struct
 * page_region.
 */
struct linux_pagemap_scan {
	uint64_t size; /* of this struct in bytes */
	uint64_t flags;
	uint64_t start;
	uint64_t end;
	uint64_t walk_end;
	uint64_t regions; /* address of the resulting regions */
	uint64_t region_count;
	uint64_t most_pages;
	uint64_t inverted;
	uint64_t required; /* categories that a page must have */
	uint64_t any_of;
	uint64_t returned; /* categories that are reported */
};

struct linux_page_region {
	uint64_t start;
	uint64_t end;
	uint64_t categories;
};

#define LINUX_PAGEMAP_SCAN _IOWR('f', 16, struct linux_pagemap_scan)

enum { LINUX_PAGE_IS_HUGE = 1 << 6 };

#endif
