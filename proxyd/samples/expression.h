// Sample expressions: a fetch with arguments, then converters. Compiled to function pointers with typed arguments; pure: a
// Subject hands out what is asked of it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxyd/samples/place.h"
#include "proxyd/samples/subject.h"

namespace proxyd::samples {

/// One argument after checking.
struct Argument {
  std::string text;
  std::int64_t number = 0;
  bool given = false;        // written and not empty
  bool is_variable = false;  // `variable` in place of a number or text
  Variable variable;
  lib::net::Address address;
  std::shared_ptr<const patterns::Regex> regex;
  std::shared_ptr<patterns::Table> table;
  std::shared_ptr<Reference> reference;
};

class Context;

/// What the configuration names and expressions may ask: an ACL.
class Test {
 public:
  virtual ~Test() = default;
  virtual bool holds(Context& context) const = 0;
};

struct Arguments {
  std::vector<Argument> list;
  std::vector<std::shared_ptr<const Test>> tests;  // of acl(): one for each argument
  std::shared_ptr<const VariableNames> names;      // of dump_all_vars()
  Fact fact = Fact::None;  // of the fetches that are one

  bool has(std::size_t index) const { return index < list.size() && list[index].given; }
  std::string_view text(std::size_t index) const {
    return index < list.size() ? std::string_view{list[index].text} : std::string_view{};
  }
  std::int64_t number(std::size_t index, std::int64_t otherwise = 0) const {
    return has(index) ? list[index].number : otherwise;
  }
  const Reference* reference(std::size_t index) const { return index < list.size() ? list[index].reference.get() : nullptr; }
};

/// One evaluation: what is looked at, from where, with which room. Made on the stack; holds an arena scope.
class Context {
 public:
  Context(const Subject& about, Scratch& room, Place at)
      : subject{about}, scratch{room}, place{at}, request{sees_request(at) ? about.request_head : nullptr},
        response{sees_response(at) ? about.response_head : nullptr}, scope_{room.arena} {}

  const Subject& subject;
  Scratch& scratch;
  Place place;
  const lib::http::RequestHead* request;    // null where the place does not see it
  const lib::http::ResponseHead* response;
  bool is_final = true;  // no more data will come: what is missing is not there
  bool missing = false;  // a fetch found less than it needs, and more may come: ask again later

  Arena& arena() { return scratch.arena; }

 private:
  ArenaScope scope_;
};

/// Puts the value into `out`. False: there is none.
using FetchFunction = bool (*)(const Arguments& arguments, Context& context, Sample& out);
/// Changes the value. False: there is none any more.
using ConvertFunction = bool (*)(const Arguments& arguments, Context& context, Sample& sample);

/// Asked about one value after another.
struct Visitor {
  bool (*ask)(void* asker, Context& context, Sample& sample);  // true: enough
  void* asker;
  bool operator()(Context& context, Sample& sample) const { return ask(asker, context, sample); }
};
/// Shows each value of a fetch that has several, until the visitor has enough; whether it had.
using EachFunction = bool (*)(const Arguments& arguments, Context& context, const Visitor& visitor);

/// A converter within an expression.
struct Step {
  ConvertFunction convert = nullptr;
  Type in = Type::Any;
  Arguments arguments;
};

/// A compiled expression.
class Expression {
 public:
  /// One value; of a fetch with several (a header that occurs twice) the last. False: there is none. Text lives as long as
  /// the subject and the context.
  bool evaluate(Context& context, Sample& out) const {
    return fetch(arguments, context, out) && (steps.empty() || convert(context, out));
  }
  /// True when the visitor says so of one of the values: ACLs look at all of them.
  bool any(Context& context, const Visitor& visitor) const;
  Type type() const { return type_; }

  // Filled by the compiler.
  FetchFunction fetch = nullptr;
  EachFunction each = nullptr;  // null: one value at most
  Arguments arguments;
  std::vector<Step> steps;
  Source source = Source::Constant;
  std::string_view fetch_name;
  Type type_ = Type::Any;  // what comes out; Any: known when it is there

 private:
  bool convert(Context& context, Sample& sample) const;
};

}  // namespace proxyd::samples
