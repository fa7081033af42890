#include "lib/base/list.h"

#include <catch2/catch.hpp>

using lib::base::List;
using lib::base::ListHook;

namespace {
struct Item : ListHook<Item> {
  explicit Item(int n) : number{n} {}
  int number;
};
}  // namespace

TEST_CASE("a list keeps its order and members unlink themselves", "[base][list]") {
  List<Item, Item> list;
  Item one{1}, three{3};
  list.push_back(one);
  {
    Item two{2};
    list.push_back(two);
    list.push_back(three);
    CHECK(list.front().number == 1);
    CHECK(list.back().number == 3);
  }
  int sum = 0;
  for (Item& item : list) sum += item.number;
  CHECK(sum == 4);
  list.push_front(three);
  CHECK(list.front().number == 3);
  one.unlink();
  three.unlink();
  CHECK(list.empty());
}
