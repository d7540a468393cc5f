/*
 * set_label PATH LABEL: sets the SELinux label of a file, the extended attribute security.selinux,
 * without the NUL at its end. Root may do that without SELinux, too.
 */
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: set_label PATH LABEL\n");
		return 125;
	}
	if (lsetxattr(argv[1], "security.selinux", argv[2], strlen(argv[2]), 0) < 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
