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
  if (pool.free_.size() < BufferPool::kKept) {
    pool.free_.push_back(buffer);
    return;
  }
  --pool.allocated_;
  delete[] buffer->data;
  delete buffer;
}

BufferPool::~BufferPool() {
  for (Buffer* buffer : free_) {
    delete[] buffer->data;
    delete buffer;
  }
}

BufferPtr BufferPool::take() {
  if (free_.empty()) {
    ++allocated_;
    auto fresh = std::make_unique<Buffer>();
    fresh->owner = this;
    fresh->capacity = buffer_size_;
    fresh->data = new char[buffer_size_];  // given back by the pool's own delete[]
    free_.reserve(kKept);
    return BufferPtr{fresh.release()};
  }
  Buffer* buffer = free_.back();
  free_.pop_back();
  buffer->clear();
  return BufferPtr{buffer};
}

}  // namespace proxyd::session
