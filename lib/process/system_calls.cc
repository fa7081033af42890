#include "lib/process/system_calls.h"

#include <sys/prctl.h>

#include <cerrno>

#include "config.h"

#ifdef HAVE_SECCOMP
#include <sched.h>
#include <seccomp.h>

#include <array>
#include <memory>
#endif

namespace lib::process {

#ifdef HAVE_SECCOMP
namespace {

struct Release {
  void operator()(void* filter) const noexcept { ::seccomp_release(filter); }
};

/// By name, since not every machine has all of them.
constexpr auto kAllowed = std::to_array<const char*>({
    // memory
    "brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise", "mincore", "membarrier", "mlock", "munlock", "msync",
    // threads, and the end
    "futex", "futex_waitv", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "arch_prctl", "sched_yield", "sched_getaffinity", "sched_setaffinity", "getcpu",
    "exit", "exit_group", "gettid", "getpid", "getppid", "restart_syscall",
    // signals
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "rt_sigsuspend", "rt_sigqueueinfo", "sigaltstack", "signalfd4", "kill", "tkill", "tgkill",
    // time
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "timerfd_create", "timerfd_settime", "timerfd_gettime", "setitimer", "getitimer",
    // waiting
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "eventfd2", "inotify_init1",
    "inotify_add_watch", "inotify_rm_watch",
    // reading and writing
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "close", "close_range", "fcntl", "fcntl64", "ioctl", "lseek", "_llseek",
    "dup", "dup2", "dup3", "pipe", "pipe2", "splice", "tee", "vmsplice", "sendfile", "sendfile64", "fsync", "fdatasync", "ftruncate", "fallocate", "flock", "memfd_create",
    // sockets
    "socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "getsockname", "getpeername", "getsockopt", "setsockopt", "sendto", "recvfrom", "sendmsg", "recvmsg",
    "sendmmsg", "recvmmsg", "recvmmsg_time64", "shutdown", "socketcall",
    // files: pages, certificates, state files, UNIX sockets with owner and mode
    "open", "openat", "openat2", "creat", "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "statfs", "fstatfs", "access", "faccessat",
    "faccessat2", "getdents", "getdents64", "readlink", "readlinkat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "mkdir", "mkdirat", "chmod", "fchmod",
    "fchmodat", "chown", "fchown", "lchown", "fchownat", "utimensat", "getcwd", "chdir", "fchdir", "umask",
    // asking about oneself and the machine
    "getrandom", "uname", "sysinfo", "getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "getresgid", "getrlimit", "ugetrlimit", "setrlimit", "prlimit64", "getrusage",
    "times", "prctl", "capget", "getpriority", "sched_getscheduler", "sched_getparam",
});

constexpr auto kOfPrograms = std::to_array<const char*>({"clone", "clone3", "fork", "vfork", "execve", "execveat", "wait4", "waitid", "setpgid", "setsid", "pidfd_open", "pidfd_send_signal"});

template <class Names>
int allow(scmp_filter_ctx filter, const Names& names) {
  for (const char* const name : names) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) continue;  // no kernel of this machine has it
    if (const int code = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0); code != 0 && code != -EDOM) return code;
  }
  return 0;
}

/// Threads, but no processes. What clone3 is asked for stands in memory that a filter cannot see: the C library goes back to
/// clone where it is not there.
int allow_threads(scmp_filter_ctx filter) {
  if (const int code = ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0); code != 0) return code;
  return ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
}

std::uint32_t action_of(SystemCallRules::Answer answer) {
  switch (answer) {
    case SystemCallRules::Answer::Deny: return SCMP_ACT_ERRNO(EPERM);
    case SystemCallRules::Answer::Kill: return SCMP_ACT_KILL_PROCESS;
    case SystemCallRules::Answer::Log: return SCMP_ACT_LOG;
  }
  return SCMP_ACT_KILL_PROCESS;
}

}  // namespace

base::Status restrict_system_calls(const SystemCallRules& rules) {
  const std::unique_ptr<void, Release> filter{::seccomp_init(action_of(rules.answer))};
  if (filter == nullptr) return base::failure("seccomp: no memory for a filter", ENOMEM);
  int code = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  if (code == 0) code = allow(filter.get(), kAllowed);
  if (code == 0) code = rules.programs ? allow(filter.get(), kOfPrograms) : allow_threads(filter.get());
  if (code == 0 && rules.name_spaces) code = ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(setns), 0);
  if (code == 0) code = ::seccomp_load(filter.get());
  if (code != 0) return base::system_failure("seccomp", -code);
  return {};
}

bool can_restrict_system_calls() { return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 && ::seccomp_api_get() >= 2; }

#else

bool can_restrict_system_calls() { return false; }

base::Status restrict_system_calls(const SystemCallRules&) { return base::failure("seccomp: this program was built without libseccomp", ENOSYS); }

#endif

}  // namespace lib::process
