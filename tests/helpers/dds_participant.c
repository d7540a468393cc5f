/*
 * dds_participant DOMAIN: creates a Fast-DDS participant in that domain, with the default transports,
 * which include shared memory; prints "ready" and waits to be killed. It calls Debian 12's library by
 * its mangled C++ names, so neither headers nor a C++ compiler are needed.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DDS     "_ZN8eprosima7fastdds3dds"
#define FACTORY DDS "24DomainParticipantFactory"

int main(int argc, char **argv)
{
	void *library = dlopen("libfastrtps.so.2.9", RTLD_NOW | RTLD_GLOBAL);
	void *(*get_instance)(void);
	void *(*create_participant)(void *, unsigned, const void *, void *, const void *);
	const void *qos;
	const unsigned long no_status[4] = { 0 }; /* a std::bitset */

	if (!library || argc != 2) {
		fprintf(stderr, "dds_participant: %s\n",
		        library ? "usage: dds_participant DOMAIN" : dlerror());
		return 2;
	}
	*(void **)&get_instance = dlsym(library, FACTORY "12get_instanceEv");
	*(void **)&create_participant =
	    dlsym(library, FACTORY "18create_participantEjRKNS1_20DomainParticipantQosE"
	                           "PNS1_25DomainParticipantListenerERKNS1_10StatusMaskE");
	qos = dlsym(library, DDS "23PARTICIPANT_QOS_DEFAULTE");
	if (!get_instance || !create_participant || !qos ||
	    !create_participant(get_instance(), (unsigned)atoi(argv[1]), qos, NULL, no_status))
		return 1;
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
