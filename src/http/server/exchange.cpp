// See exchange.hpp.

#include "http/server/exchange.hpp"

#include "base/log.hpp"

namespace carillon::http {
namespace {

/// A response that holds no more than this while its reader stands still may wait for long.
constexpr std::uint64_t kMostHeldWhilePaused = 32 * 1024;

/// A line break in a value would be a second field: a mistake of ours that must not reach the wire.
bool is_clean(const Fields& fields) {
  for (const auto& line : fields.lines()) {
    if (line.name.find_first_of("\r\n:") != std::string::npos ||
        line.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return false;
  }
  return true;
}

}  // namespace

std::expected<Client, Refusal> client_behind(const Fields& fields, const net::Peer& peer, const Guards& guards) {
  Client client{.peer = peer};
  if (!guards.proxies) return client;
  auto named = client_of(fields, peer, *guards.proxies);
  if (!named) return std::unexpected(Refusal{400, std::move(named.error().message)});
  if (named->address == peer.address) return client;
  client.peer = std::move(*named);
  const auto address = IpAddress::parse(client.peer.address, IpAddress::Zone::dropped);
  if (!guards.limits || !address) return client;
  auto slot = guards.limits->take(*address);
  if (!slot) return std::unexpected(Refusal{429, "Too many requests from your address at the same time; please try again in a moment."});
  client.slot = std::move(*slot);
  return client;
}

std::optional<Refusal> misdirection(std::string_view server_name, std::string_view host, const Guards& guards) {
  if (server_name.empty() || host.empty() || !guards.serves_host) return std::nullopt;
  auto name = host;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name == server_name || guards.serves_host(name)) return std::nullopt;
  return Refusal{421, "This connection was opened for another host; request “" + std::string(host) + "” on a separate connection."};
}

asio::awaitable<Response> answer(const Handler& handler, Request& request) {
  std::string reason;
  Response response;
  try {
    response = co_await handler(request);
    if (is_clean(response.fields)) co_return response;
    reason = "a response header contains a line break";
  } catch (const std::exception& error) { reason = error.what(); }
  log::error("unhandled error while handling a request", {{"method", name_of(request.method)}, {"path", request.path}, {"reason", reason}});
  response =
      instead_of(response, problem(500, "internal", "Something went wrong on the server; the error was logged. Please try again later."));
  response.close = true;
  co_return response;
}

Response instead_of(Response& answer, Response other) {
  other.on_finished = std::move(answer.on_finished);
  return other;
}

net::Within patience_for(const Body& body, const Deadlines& deadlines) noexcept {
  // A file's slices in memory are its tag and head, which all its listeners share.
  std::uint64_t in_memory = 0;
  for (const auto& slice : body.slices()) {
    if (!std::holds_alternative<BytesSlice>(slice)) return deadlines.paused;
    in_memory += length_of(slice).value;
  }
  return in_memory <= kMostHeldWhilePaused ? deadlines.paused : deadlines.write;
}

bool may_have_content(int status) noexcept { return status >= 200 && status != 204 && status != 304; }

}  // namespace carillon::http
