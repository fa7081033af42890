// Preloaded by start.py: writes down when a process first asks for generic netlink, by which the kernel's IPVS is spoken to.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int socket(int domain, int type, int protocol) {
  static int (*real)(int, int, int);
  const char* const path = getenv("FIRST_QUESTION");
  if (domain == AF_NETLINK && protocol == NETLINK_GENERIC && path != NULL) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0) {
      dprintf(file, "%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
      close(file);
    }
  }
  if (real == NULL) *(void**)&real = dlsym(RTLD_NEXT, "socket");
  return real(domain, type, protocol);
}
