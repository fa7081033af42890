#include <catch2/catch.hpp>

#include "fake_subject.h"

using namespace proxyd::samples;

namespace {

/// An ACL that is as it was made.
class Fixed final : public Test {
 public:
  explicit Fixed(bool holds) : holds_{holds} {}
  bool holds(Context&) const override { return holds_; }

 private:
  bool holds_;
};

Environment make_environment() {
  Environment made;
  made.find_test = [](std::string_view name) -> std::shared_ptr<const Test> {
    if (name != "yes" && name != "no") return nullptr;
    return std::make_shared<Fixed>(name == "yes");
  };
  return made;
}

/// Told by the debug converter.
struct Told final : Subject {
  FakeSubject rest;
  mutable std::string lines;
  void tell(std::string_view sink, std::string_view line) const override {
    lines.append(sink).append(" ").append(line).append("\n");
  }
  bool fact(Fact which, std::int64_t number, Sample& out, Arena& arena) const override { return rest.fact(which, number, out, arena); }
  bool object_fact(Fact, const Reference*, Sample&) const override { return false; }
  bool named_fact(Fact, std::string_view, Sample&) const override { return false; }
  std::string_view body(bool, Arena&, bool&) const override { return {}; }
  std::string_view buffer(bool, bool&) const override { return {}; }
  std::int64_t now_us() const override { return 0; }
  VariableStore* variables(Scope scope) const override { return rest.variables(scope); }
  ProcessVariables* process_variables() const override { return rest.process_variables(); }
  bool capture(bool, std::uint32_t, std::string_view) const override { return true; }
  bool is_user(const Reference&, std::string_view, std::string_view) const override { return false; }
  std::string_view group_of(const Reference&, std::string_view, std::size_t) const override { return {}; }
};

std::string value_of(std::string_view text, const Subject& subject, Environment& environment, bool is_final = true) {
  const auto compiled = compile(text, environment);
  if (!compiled) return "(fault) " + compiled.error().message;
  Scratch scratch;
  Context context{subject, scratch, Place::FrontContent};
  context.is_final = is_final;
  Sample sample;
  if (!(*compiled)->evaluate(context, sample)) return context.missing ? "(missing)" : "(none)";
  return std::string{text_of(sample, context.arena())};
}

}  // namespace

TEST_CASE("acl() asks the named ACLs, each the other way round with '!'", "[samples]") {
  Environment environment = make_environment();
  const FakeSubject subject;
  CHECK(value_of("acl(yes)", subject, environment) == "1");
  CHECK(value_of("acl(yes,!no)", subject, environment) == "1");
  CHECK(value_of("acl(yes,no)", subject, environment) == "0");
  CHECK(value_of("acl(!yes)", subject, environment) == "0");
  CHECK(value_of("acl(nosuch)", subject, environment) == "(fault) invalid args in fetch method 'acl' : no such ACL : 'nosuch'");
  CHECK(value_of("acl(yes,,no)", subject, environment) == "(fault) invalid args in fetch method 'acl' : expects a name before each comma");
}

TEST_CASE("all variables are shown, or those of a scope and a beginning", "[samples]") {
  Environment environment = make_environment();
  const FakeSubject subject;
  CHECK(value_of("dump_all_vars", subject, environment).empty());
  (void)value_of("str(one),set-var(txn.a)", subject, environment);
  (void)value_of("int(-7),set-var(txn.ab)", subject, environment);
  (void)value_of("ipv4(10.0.0.1),set-var(sess.ip)", subject, environment);
  (void)value_of("bool(true),set-var(proc.up)", subject, environment);
  CHECK(value_of("dump_all_vars", subject, environment) == "proc.up=1, sess.ip=10.0.0.1, txn.a=one, txn.ab=-7");
  CHECK(value_of("dump_all_vars(txn)", subject, environment) == "txn.a=one, txn.ab=-7");
  CHECK(value_of("dump_all_vars(txn,ab)", subject, environment) == "txn.ab=-7");
  CHECK(value_of("dump_all_vars(,a,;)", subject, environment) == "txn.a=one;txn.ab=-7");
  CHECK(value_of("dump_all_vars(nosuch)", subject, environment).find("expects a scope") != std::string::npos);
}

TEST_CASE("distcc tokens are found by name and occurrence, and waited for", "[samples]") {
  Environment environment = make_environment();
  const FakeSubject subject{"", "DIST00000002ARGV00000003gccARGV00000005ab"};
  CHECK(value_of("distcc_param(DIST)", subject, environment) == "2");
  CHECK(value_of("distcc_body(ARGV)", subject, environment) == "gcc");
  CHECK(value_of("distcc_param(ARGV,2)", subject, environment) == "5");
  CHECK(value_of("distcc_body(ARGV,2)", subject, environment, false) == "(missing)");
  CHECK(value_of("distcc_body(ARGV,2)", subject, environment) == "ab");
  CHECK(value_of("distcc_param(DONE)", subject, environment, false) == "(missing)");
  CHECK(value_of("distcc_param(DONE)", subject, environment) == "(none)");
  CHECK(value_of("distcc_body(DIST)", subject, environment, false) == "(none)");
  CHECK(value_of("distcc_param(x)", subject, environment).find("exactly 4 characters") != std::string::npos);
}

TEST_CASE("the debug converter tells what passes, and passes it on", "[samples]") {
  Environment environment = make_environment();
  const Told subject;
  CHECK(value_of("int(5),debug", subject, environment) == "5");
  CHECK(environment.wants_debug_ring);
  CHECK(value_of("bin(00ff41),debug(x,stdout),hex", subject, environment) == "00FF41");
  CHECK(value_of("src,debug(,stderr)", subject, environment) == "127.0.0.1");
  CHECK(value_of("str(a),debug(b,nosuch)", subject, environment) == "(fault) invalid args in converter 'debug' : No such sink 'nosuch'");
  CHECK(subject.lines == "buf0 [debug] : type=sint <5>\nstdout [debug] x: type=bin <..A>\nstderr [debug] : type=ipv4 <127.0.0.1>\n");
}
