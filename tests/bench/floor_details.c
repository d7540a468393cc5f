/*
 * floor_details ID DIRECTORY: the least work for what `stat ID` shows of a segment: its values and
 * resident size, the names of its users and groups, whether its creator lives, its local time, and
 * the text of the families in DIRECTORY, which is only read.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <locale.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

/* Read the text of every file. Returns the number of bytes, or 0. */
static size_t read_families(const char *path)
{
	static char text[1 << 16];
	DIR *directory = opendir(path);
	const struct dirent *entry;
	size_t total = 0;

	while (directory != NULL && (entry = readdir(directory)) != NULL) {
		const int fd = entry->d_name[0] == '.'
		                   ? -1
		                   : openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
		const ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof(text));

		if (length > 0)
			total += (size_t)length;
		if (fd >= 0)
			close(fd);
	}
	if (directory != NULL)
		closedir(directory);
	return total;
}

/* The resident size in bytes; 0 if the segment is not listed. */
static unsigned long long find_resident(int id)
{
	FILE *stream = fopen("/proc/sysvipc/shm", "re");
	unsigned long long resident = 0;
	char line[512];
	int found;

	while (stream != NULL && fgets(line, sizeof(line), stream) != NULL) {
		if (sscanf(line, "%*s %d", &found) == 1 && found == id &&
		    sscanf(line, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
		           &resident) == 1)
			break;
	}
	if (stream != NULL)
		fclose(stream);
	return resident;
}

int main(int argc, char **argv)
{
	const int id = argc == 3 ? (int)strtol(argv[1], NULL, 10) : -1;
	const struct passwd *user;
	const struct group *group;
	struct shmid_ds segment;
	char changed[64] = "";
	struct tm local;
	size_t families;

	setlocale(LC_ALL, "");
	if (shmctl(id, IPC_STAT, &segment) == -1 || (families = read_families(argv[2])) == 0) {
		fprintf(stderr, "floor_details: %s\n", strerror(errno));
		return 1;
	}
	user = getpwuid(segment.shm_perm.uid);
	group = getgrgid(segment.shm_perm.gid);
	strftime(changed, sizeof(changed), "%FT%T%z", localtime_r(&segment.shm_ctime, &local));
	printf("%d %s %s %zu %llu %s %d %zu\n", id, user != NULL ? user->pw_name : "-",
	       group != NULL ? group->gr_name : "-", segment.shm_segsz, find_resident(id), changed,
	       kill(segment.shm_cpid, 0), families);
	return 0;
}
