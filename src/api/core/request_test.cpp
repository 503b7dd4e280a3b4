// Handlers take what was admitted, and nothing else.

#include "api/core/request.hpp"

#include "api/core/route.hpp"
#include "base/text.hpp"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace carillon::api {
namespace {

// Only admission makes a Request: a handler that is called with anything else does not compile.
static_assert(!std::is_default_constructible_v<Request>);
static_assert(!std::is_constructible_v<Request, Asked>);
static_assert(!std::is_constructible_v<Request, Asked, std::string>);
static_assert(!std::is_invocable_v<asio::awaitable<http::Response> (*)(Request&), Asked&>);

class Part {
 public:
  asio::awaitable<std::optional<http::Response>> answer(Asked& asked, http::Allowed& allowed) {
    static constexpr std::array kRoutes{
        PermittedRoute<Part>{http::Method::get, "/things/{id}", accounts::Permission::everyone, &Part::say},
        PermittedRoute<Part>{http::Method::post, "/things/{id}", accounts::Permission::operate, &Part::say}};
    const auto admit = [](const PermittedRoute<Part>& route, const Asked& one) -> asio::awaitable<Admission> {
      co_return admit_by_permission(route.permission, one);
    };
    return dispatch_if_routed(std::span<const PermittedRoute<Part>>{kRoutes}, *this, asked, admit, allowed);
  }
  asio::awaitable<http::Response> say(Request& request) {
    ++said;
    co_return http::plain(200, std::string(request.path_parameter("id")) + " for " + request.caller.email());
  }
  int said = 0;
};

http::Response ask(Part& part, http::Method method, accounts::Caller caller) {
  Asked asked{{}, std::move(caller)};
  asked.method = method;
  asked.path = "/things/7";
  http::Response response;
  asio::io_context loop;
  asio::co_spawn(
      loop, [&]() -> asio::awaitable<void> { response = co_await http::dispatch_to(asked, part); },
      [](const std::exception_ptr& error) {
        if (error) std::rethrow_exception(error);
      });
  loop.run();
  return response;
}

TEST(Admission, ComesBeforeTheHandler) {
  Part part;
  EXPECT_EQ(ask(part, http::Method::post, accounts::Caller::nobody()).status, 401);
  EXPECT_EQ(ask(part, http::Method::post, accounts::Caller::person("1", "ada@example.org", false, {})).status, 403);
  EXPECT_EQ(part.said, 0);
  const auto answer = ask(part, http::Method::post, accounts::Caller::operator_at_the_socket());
  EXPECT_EQ(trimmed(whole(answer.body).value()), "7 for operator");
  EXPECT_EQ(ask(part, http::Method::get, accounts::Caller::nobody()).status, 200);
  EXPECT_EQ(part.said, 2);
}

}  // namespace
}  // namespace carillon::api
