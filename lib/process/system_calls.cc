#include "lib/process/system_calls.h"

#include <sys/prctl.h>

#include <cerrno>

#include "config.h"

#ifdef HAVE_SECCOMP
#include <sched.h>
#include <seccomp.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>
#endif

namespace lib::process {

#ifdef HAVE_SECCOMP
namespace {

struct Release {
  void operator()(void* filter) const noexcept { ::seccomp_release(filter); }
};

/// By name, since not every machine has all of them: 32-bit ones have other names for what takes times, sizes and ids, and what a newer
/// C library prefers (futex_waitv, statx, faccessat2) older ones never ask for.
constexpr auto kAllowed = std::to_array<const char*>({
    // memory
    "brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise", "mincore", "membarrier", "mlock", "mlock2", "munlock", "msync", "mseal", "map_shadow_stack", "cacheflush",
    "riscv_flush_icache",
    // threads, and the end
    "futex", "futex_time64", "futex_waitv", "futex_wait", "futex_wake", "futex_requeue", "set_robust_list", "get_robust_list", "rseq", "set_tid_address", "arch_prctl",
    "set_thread_area", "get_thread_area", "sched_yield", "sched_getaffinity", "sched_setaffinity", "getcpu", "exit", "exit_group", "gettid", "getpid", "getppid", "restart_syscall",
    // signals
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "rt_sigpending", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_sigsuspend", "rt_sigqueueinfo",
    "rt_tgsigqueueinfo", "sigaltstack", "signalfd4", "kill", "tkill", "tgkill",
    // time
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "clock_nanosleep", "clock_nanosleep_time64", "nanosleep", "gettimeofday", "time", "timerfd_create",
    "timerfd_settime", "timerfd_settime64", "timerfd_gettime", "timerfd_gettime64", "setitimer", "getitimer", "alarm",
    // waiting
    "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6",
    "pselect6_time64", "eventfd", "eventfd2", "inotify_init1", "inotify_add_watch", "inotify_rm_watch",
    // reading and writing
    "read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2", "close", "close_range", "fcntl", "fcntl64", "ioctl", "lseek", "_llseek",
    "dup", "dup2", "dup3", "pipe", "pipe2", "splice", "tee", "vmsplice", "sendfile", "sendfile64", "copy_file_range", "readahead", "fadvise64", "fadvise64_64", "arm_fadvise64_64",
    "fsync", "fdatasync", "ftruncate", "ftruncate64", "fallocate", "flock", "memfd_create",
    // sockets
    "socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "getsockname", "getpeername", "getsockopt", "setsockopt", "send", "sendto", "recv", "recvfrom",
    "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "recvmmsg_time64", "shutdown", "socketcall",
    // files: pages, certificates, state files, UNIX sockets with owner and mode
    "open", "openat", "openat2", "creat", "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64", "newfstatat", "fstatat64", "statx", "statfs", "statfs64", "fstatfs", "fstatfs64",
    "access", "faccessat", "faccessat2", "getdents", "getdents64", "readlink", "readlinkat", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link", "linkat", "mkdir",
    "mkdirat", "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "chown32", "fchown", "fchown32", "lchown", "lchown32", "fchownat", "utimensat", "utimensat_time64", "getcwd",
    "chdir", "fchdir", "umask",
    // asking about oneself and the machine
    "getrandom", "uname", "sysinfo", "riscv_hwprobe", "getuid", "getuid32", "geteuid", "geteuid32", "getgid", "getgid32", "getegid", "getegid32", "getgroups", "getgroups32",
    "getresuid", "getresuid32", "getresgid", "getresgid32", "getrlimit", "ugetrlimit", "setrlimit", "prlimit64", "getrusage", "times", "prctl", "capget", "getpriority",
    "sched_getscheduler", "sched_getparam",
});

/// To start programs, and what such scripts and tools do: they are held by the same filter.
constexpr auto kOfPrograms = std::to_array<const char*>({
    "clone", "clone3", "fork", "vfork", "execve", "execveat", "wait4", "waitpid", "waitid", "setpgid", "getpgid", "getpgrp", "setsid", "getsid", "pidfd_open",
    "pidfd_send_signal", "symlink", "symlinkat", "mknod", "mknodat", "rmdir", "truncate", "truncate64", "utime", "utimes", "futimesat", "getxattr", "lgetxattr", "fgetxattr",
    "listxattr", "llistxattr", "flistxattr", "setpriority", "ioprio_get", "capset", "setuid", "setuid32", "setgid", "setgid32", "setreuid", "setregid", "setresuid", "setresuid32",
    "setresgid", "setresgid32", "setfsuid", "setfsgid", "sched_getattr", "sched_get_priority_max", "sched_get_priority_min", "get_mempolicy", "sync", "pause",
});

struct Filter {
  std::unique_ptr<void, Release> context;
  int code = 0;  // the first error

  explicit Filter(std::uint32_t otherwise) : context{::seccomp_init(otherwise)} {
    if (context == nullptr) code = -ENOMEM;
    else set(SCMP_FLTATR_CTL_TSYNC, 1);
    if (code == 0) (void)::seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree, for kernels that do not remember answers
  }
  void set(scmp_filter_attr attribute, std::uint32_t value) {
    if (code == 0) code = ::seccomp_attr_set(context.get(), attribute, value);
  }
  void add(std::uint32_t action, int number) {
    if (code == 0) code = ::seccomp_rule_add(context.get(), action, number, 0);
    if (code == -EDOM) code = 0;  // not on this machine
  }
  void add_clone_with(std::uint64_t flag) {
    if (code == 0) code = ::seccomp_rule_add(context.get(), SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
  }
  template <class Names>
  void allow(const Names& names) {
    for (const char* const name : names)
      if (const int number = ::seccomp_syscall_resolve_name(name); number != __NR_SCMP_ERROR) add(SCMP_ACT_ALLOW, number);
  }
  void load() {
    if (code == 0) code = ::seccomp_load(context.get());
  }
};

/// Those that do not exist for the process, as on an older kernel, whereupon the C library goes another way. That is clone3, whose
/// flags stand in memory that a filter cannot see; and what is newer than our libseccomp, whatever that may be: a C library that is
/// newer as well takes EPERM for an answer, and goes no other way.
std::vector<int> absent_calls(const SystemCallRules& rules) {
  constexpr int kFirst = 424, kEnd = 600;  // one numbering for all machines since 2019, with some ten new calls a year
  std::vector<int> absent;
  if (!rules.programs) absent.push_back(SCMP_SYS(clone3));
  for (int number = kFirst; number < kEnd; ++number) {
    char* const name = ::seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (name == nullptr) absent.push_back(number);
    std::free(name);
  }
  return absent;
}

std::uint32_t action_of(SystemCallRules::Answer answer) {
  switch (answer) {
    case SystemCallRules::Answer::Deny: return SCMP_ACT_ERRNO(EPERM);
    case SystemCallRules::Answer::Kill: return SCMP_ACT_KILL_PROCESS;
    case SystemCallRules::Answer::Log: return SCMP_ACT_LOG;
  }
  return SCMP_ACT_KILL_PROCESS;
}

/// The leak checker stops all threads at the end from a task of its own.
void allow_for_sanitizers([[maybe_unused]] Filter& filter) {
#ifdef __SANITIZE_ADDRESS__
  filter.add_clone_with(CLONE_UNTRACED);
  filter.allow(std::to_array<const char*>({"ptrace", "wait4"}));
#endif
}

}  // namespace

base::Status restrict_system_calls(const SystemCallRules& rules) {
  // Two filters, of which the stricter answer counts: the kernel logs what the second refuses, but not what is merely absent.
  const std::vector<int> absent = absent_calls(rules);
  Filter first{SCMP_ACT_ALLOW};
  for (const int number : absent) first.add(SCMP_ACT_ERRNO(ENOSYS), number);
  Filter second{action_of(rules.answer)};
  if (second.code == 0) (void)::seccomp_attr_set(second.context.get(), SCMP_FLTATR_CTL_LOG, 1);  // as far as "kernel.seccomp.actions_logged" has it
  for (const int number : absent) second.add(SCMP_ACT_ALLOW, number);
  second.allow(kAllowed);
  if (rules.programs) second.allow(kOfPrograms);
  else second.add_clone_with(CLONE_THREAD);
  if (rules.name_spaces) second.add(SCMP_ACT_ALLOW, SCMP_SYS(setns));
  allow_for_sanitizers(second);
  if (second.code == 0) first.load();
  if (first.code == 0) second.load();
  if (const int code = first.code != 0 ? first.code : second.code; code != 0) return base::system_failure("seccomp", -code);
  return {};
}

bool can_restrict_system_calls() { return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 && ::seccomp_api_get() >= 2; }

#else

bool can_restrict_system_calls() { return false; }

base::Status restrict_system_calls(const SystemCallRules&) { return base::failure("seccomp: this program was built without libseccomp", ENOSYS); }

#endif

}  // namespace lib::process
