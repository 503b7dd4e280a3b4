#pragma once
// Request and Response for handlers, the same for every HTTP version (RFC 9110).

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "body/body.hpp"
#include "body/stream.hpp"
#include "net/transport.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::http {

namespace asio = boost::asio;

enum class Method { get, head, post, put, patch, del, options };
[[nodiscard]] std::optional<Method> method_from(std::string_view token) noexcept;  ///< case-sensitive (RFC 9110 §9.1)
[[nodiscard]] std::string_view name_of(Method method) noexcept;

/// The HTTP versions of requests.
enum class Version { http_1_0, http_1_1, http_2, http_3 };

/// Field lines in order. Names compare without case. There are only a few, so a vector is the right map.
class Fields {
 public:
  struct Line {
    std::string name;
    std::string value;
  };
  void add(std::string name, std::string value);
  void set(std::string_view name, std::string value);                                       ///< replaces all lines with that name
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;  ///< the first
  /// All lines of that name joined with ", " (RFC 9110 §5.3).
  [[nodiscard]] std::optional<std::string> joined(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<Line>& lines() const noexcept { return lines_; }

 private:
  std::vector<Line> lines_;
};

/// The body of a request, read as it arrives; only held completely on request.
class IncomingBody {
 public:
  virtual ~IncomingBody() = default;
  /// Known if Content-Length was sent; none for chunked bodies.
  [[nodiscard]] virtual std::optional<ByteCount> length() const noexcept = 0;
  /// Up to `into.size()` bytes, 0 at the end. Sends `100 Continue` before the first read if the client waits for it.
  virtual asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) = 0;
  /// All of it; `too_large` beyond `limit`.
  asio::awaitable<Result<std::string>> read_all(ByteCount limit);
};

struct Request {
  Method method = Method::get;
  std::string target;  ///< as sent, "/shows/x?y=1"
  std::string path;    ///< decoded, normal: starts with '/', no "." or ".." segment, no NUL, valid UTF-8
  std::string query;   ///< after '?', as sent
  std::string host;    ///< of the Host field, lower case, without port
  Fields fields;
  net::Peer peer;
  bool encrypted = false;
  Version version = Version::http_1_1;
  IncomingBody* body = nullptr;                                     ///< never null in a handler; exists as long as the handler runs
  std::map<std::string, std::string, std::less<>> path_parameters;  ///< from the route's pattern

  [[nodiscard]] std::string_view path_parameter(std::string_view name) const;             ///< "" if the route has none with that name
  [[nodiscard]] std::optional<std::string> query_parameter(std::string_view name) const;  ///< decoded, '+' is a space
};

/// The browser policy of a page: what it may load and which sites may embed it (CSP Level 3), and what other sites learn about its URL
/// (Referrer Policy). Source lists as in the header field; "" forbids all.
struct PagePolicy {
  std::string scripts{};
  std::string styles{};
  std::string images{};
  std::string media{};
  std::string connections{};
  std::string frames{};
  std::string forms{};
  std::string ancestors{};
  std::string referrer = "no-referrer";
  /// The page's own resources are also at this origin, which is added next to 'self' in the source lists. "" for none.
  std::string also_self{};
};

struct Response {
  int status = 200;
  Fields fields;  ///< without Content-Length, Date and Connection, which the protocol code writes
  Body body;      ///< the same for HEAD and GET: the protocol code omits the bytes for HEAD and keeps the length
  /// Replaces the body if set: sent piece by piece, ended immediately by a drain. Dropped unused for HEAD.
  std::unique_ptr<Stream> stream{};
  /// For pages; written to the header with the fields of every response (add_security_fields).
  std::unique_ptr<PagePolicy> policy{};
  /// Called once when nothing more will be sent, with the number of body bytes actually sent. May be empty. On the event loop; must not
  /// block.
  std::function<void(ByteCount sent)> on_finished;
  bool close = false;  ///< close the connection after this response
};

using Handler = std::function<asio::awaitable<Response>(Request&)>;

[[nodiscard]] std::string_view reason_of(int status) noexcept;

/// text/plain with one sentence.
[[nodiscard]] Response plain(int status, std::string sentence);
[[nodiscard]] Response not_found(std::string sentence);
/// RFC 9457 application/problem+json; `type` is the stable last segment ("no-space"), `field` the failing input ("" for none).
[[nodiscard]] Response problem(int status, std::string_view type, std::string_view detail, std::string_view field = {});
[[nodiscard]] Response problem(const Error& error);
[[nodiscard]] int status_of(ErrorKind kind) noexcept;
[[nodiscard]] Response json(int status, std::string document);
/// A page that may load nothing and can't be framed, unless its policy allows more.
[[nodiscard]] Response html(int status, std::string document);
[[nodiscard]] Response redirect(int status, std::string location);

}  // namespace carillon::http
