#include "lib/log/ring_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "lib/base/unique_fd.h"

namespace lib::log {
namespace {

constexpr std::string_view kMagic = "triad log ring 1";

base::Result<RingMemory> failed(int error) { return base::failure(std::strerror(error), error); }

}  // namespace

RingMemory::RingMemory(void* begin, std::size_t size) : begin_{begin}, size_{size}, capacity_{size - sizeof(RingHead)} {
  RingHead& fresh = head();
  fresh = {};
  kMagic.copy(fresh.magic, sizeof fresh.magic);
  fresh.capacity = capacity_;
}

RingMemory::RingMemory(RingMemory&& other) noexcept
    : begin_{std::exchange(other.begin_, nullptr)}, size_{other.size_}, capacity_{other.capacity_} {}

RingMemory::~RingMemory() {
  if (begin_ != nullptr) ::munmap(begin_, size_);
}

base::Result<RingMemory> RingMemory::map(int fd, std::size_t size) {
  const int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;
  void* const begin = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, flags, fd, 0);
  if (begin == MAP_FAILED) return failed(errno);
  return RingMemory{begin, size};
}

base::Result<RingMemory> RingMemory::of_process(std::size_t capacity) { return map(-1, capacity + sizeof(RingHead)); }

base::Result<RingMemory> RingMemory::of_file(const std::string& path, std::size_t size) {
  struct stat found{};
  if (::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) && found.st_size != 0)
    (void)::rename(path.c_str(), (path + ".bak").c_str());  // a folder without write permission is how a backup is declined
  const base::UniqueFd file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!file) return failed(errno);
  if (::ftruncate(file.get(), 0) != 0) return failed(errno);
  // All blocks now: a file system that fills up later would end the process at some line.
  if (const int error = ::posix_fallocate(file.get(), 0, static_cast<off_t>(size)); error != 0) return failed(error);
  return map(file.get(), size);
}

}  // namespace lib::log
