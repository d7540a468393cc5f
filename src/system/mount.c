#include "system/mount.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

dev_t mount_device(const char *path, dev_t device)
{
	struct statx found;
	char *line = NULL;
	size_t size = 0;
	FILE *stream;

	/* Linux 5.8. */
	if (statx(AT_FDCWD, path, 0, STATX_MNT_ID, &found) < 0 ||
	    !(found.stx_mask & STATX_MNT_ID) ||
	    (stream = fopen("/proc/self/mountinfo", "re")) == NULL)
		return device;
	while (getline(&line, &size, stream) > 0) {
		unsigned long long mount;
		unsigned int device_major;
		unsigned int device_minor;

		if (sscanf(line, "%llu %*d %u:%u ", &mount, &device_major, &device_minor) == 3 &&
		    mount == found.stx_mnt_id) {
			device = makedev(device_major, device_minor);
			break;
		}
	}
	free(line);
	(void)fclose(stream);
	return device;
}
