// Intrusive doubly linked list. A hook unlinks itself when it is destroyed.
#pragma once

#include <cstddef>

namespace lib::base {

/// Derive from `ListHook<Tag>` to be a member of `List<T, Tag>`; several tags, several lists.
template <class Tag = void>
class ListHook {
 public:
  ListHook() = default;
  ListHook(const ListHook&) = delete;
  ListHook& operator=(const ListHook&) = delete;
  ~ListHook() { unlink(); }

  bool is_linked() const { return next_ != nullptr; }
  void unlink() {
    if (next_ == nullptr) return;
    next_->prev_ = prev_;
    prev_->next_ = next_;
    next_ = prev_ = nullptr;
  }

 private:
  template <class T, class U>
  friend class List;
  ListHook* next_ = nullptr;
  ListHook* prev_ = nullptr;
};

template <class T, class Tag = void>
class List {
 public:
  using Hook = ListHook<Tag>;

  List() { head_.next_ = head_.prev_ = &head_; }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  /// Members outlive the list: they are only unlinked.
  ~List() {
    while (!empty()) front().Hook::unlink();
    head_.next_ = head_.prev_ = nullptr;
  }

  bool empty() const { return head_.next_ == &head_; }
  T& front() { return *static_cast<T*>(head_.next_); }
  T& back() { return *static_cast<T*>(head_.prev_); }
  void push_back(T& item) { insert_before(head_, item); }
  void push_front(T& item) { insert_before(*head_.next_, item); }

  class Iterator {
   public:
    explicit Iterator(Hook* at) : at_{at} {}
    T& operator*() const { return *static_cast<T*>(at_); }
    T* operator->() const { return static_cast<T*>(at_); }
    Iterator& operator++() {
      at_ = at_->next_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    Hook* at_;
  };
  Iterator begin() { return Iterator{head_.next_}; }
  Iterator end() { return Iterator{&head_}; }

 private:
  static void insert_before(Hook& place, Hook& item) {
    item.unlink();
    item.prev_ = place.prev_;
    item.next_ = &place;
    place.prev_->next_ = &item;
    place.prev_ = &item;
  }
  Hook head_;
};

}  // namespace lib::base
