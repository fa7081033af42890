#include "proxyd/session/buffer.h"

#include <cstring>

namespace proxyd::session {

void Buffer::compact() {
  if (begin == 0) return;
  std::memmove(data, data + begin, size());
  end -= begin;
  begin = 0;
}

void BufferReturn::operator()(Buffer* buffer) const noexcept {
  BufferPool& pool = *buffer->owner;
  pool.data_.give(buffer->data);
  pool.free_.push_back(buffer);
}

BufferPool::~BufferPool() {
  for (Buffer* buffer : free_) delete buffer;
}

BufferPtr BufferPool::take() {
  if (free_.empty()) {
    auto fresh = std::make_unique<Buffer>();
    fresh->owner = this;
    fresh->capacity = buffer_size_;
    free_.push_back(fresh.release());
  }
  Buffer* buffer = free_.back();
  free_.pop_back();
  buffer->clear();
  buffer->data = static_cast<char*>(data_.take());
  return BufferPtr{buffer};
}

}  // namespace proxyd::session
