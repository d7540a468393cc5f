/*
 * file_capability FILE NUMBER: gives a program a capability, as setcap(8) does with "=ep"; a bare
 * system lacks setcap. See "File capabilities" in capabilities(7).
 */
#include <endian.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>

int main(int argc, char **argv)
{
	struct vfs_cap_data data = { .magic_etc =
		                         htole32(VFS_CAP_REVISION_2 | VFS_CAP_FLAGS_EFFECTIVE) };
	unsigned long number;

	if (argc != 3) {
		fprintf(stderr, "usage: file_capability FILE NUMBER\n");
		return 2;
	}
	number = strtoul(argv[2], NULL, 10) % 64;
	data.data[number / 32].permitted = htole32(UINT32_C(1) << number % 32);
	if (setxattr(argv[1], "security.capability", &data, sizeof(data), 0) < 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
