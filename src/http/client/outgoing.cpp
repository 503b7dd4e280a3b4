// See outgoing.hpp. libcurl's easy handles in a pool: each keeps its connections, so whoever comes back to a host finds one open.

#include "http/client/outgoing.hpp"

#include "base/mutex.hpp"
#include "base/text.hpp"
#include "http/client/curl_handles.hpp"
#include "http/client/reach.hpp"

#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace carillon::http {
namespace {

using Milliseconds = std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* kSchemes = "http,https";
constexpr const char* kUserAgent = "Carillon";
/// Of the deadline, connecting may take at most this much: a host that is gone is known sooner than a slow one.
constexpr Milliseconds kLongestConnect{10'000};
/// Roots that a handle has read count this long, whatever libcurl likes better (a day): packages change them.
constexpr std::chrono::seconds kRootsRemembered{60};
/// All header lines of one answer together, interim answers included.
constexpr std::size_t kLargestAnswerHeader = std::size_t{64} * 1024;
/// Handles that wait for work, each with the connections it used last.
constexpr std::size_t kMaxIdleHandles = 16;

/// "https://pod.example.org:8443": what may be said of a URL. Its path and query can be secrets (webhooks).
std::string origin_of(CURLU* url) {
  const auto part = [url](CURLUPart which) {
    char* text = nullptr;
    std::string copy;
    if (curl_url_get(url, which, &text, 0) == CURLUE_OK) copy = text;
    curl_free(text);
    return copy;
  };
  auto origin = part(CURLUPART_SCHEME) + "://" + part(CURLUPART_HOST);
  if (const auto port = part(CURLUPART_PORT); !port.empty()) origin += ":" + port;
  return origin;
}

/// An absolute http: or https: URL.
Result<CurlUrl> parsed(const std::string& text) {
  CurlUrl url{curl_url()};
  const auto wrong = [] {
    return fail(ErrorKind::invalid, "That isn't a web address; it must begin with http:// or https:// and contain a host.");
  };
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return wrong();
  const auto origin = origin_of(url.get());
  if (!origin.starts_with("http://") && !origin.starts_with("https://")) return wrong();
  return url;
}

/// What one exchange gathers while libcurl runs it.
struct Exchange {
  const std::vector<IpNetwork>* allowed = nullptr;  ///< none: anywhere
  std::size_t most = 0;
  OutgoingAnswer answer;
  std::size_t header_bytes = 0;
  bool header_done = false;
  bool too_large = false;
  bool connected_somewhere = false;
  std::string refused;  ///< the last address that was not connected to
};

/// Where every connection begins. The address is the one that connect(2) gets: no later look-up can put another in its place.
curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(context);
  if (exchange.allowed != nullptr) {
    const auto target = IpAddress::of(address->addr);
    if (!target || !may_reach(*target, *exchange.allowed)) {
      exchange.refused = target ? target->text() : "an address of an unknown type";
      return CURL_SOCKET_BAD;
    }
  }
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket >= 0) exchange.connected_somewhere = true;
  return socket;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string_view line{bytes, size * count};
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > kLargestAnswerHeader) {
    exchange.too_large = true;
    return 0;
  }
  if (line.starts_with("HTTP/")) {  // an interim answer came before, or the first one begins
    exchange.answer.fields = {};
    exchange.header_done = false;
  } else if (trimmed(line).empty()) {
    exchange.header_done = true;
  } else if (const auto colon = line.find(':');
             !exchange.header_done && colon != std::string_view::npos) {  // after the body come trailers, which nobody asked for
    exchange.answer.fields.add(std::string(line.substr(0, colon)), std::string(trimmed(line.substr(colon + 1))));
  }
  return line.size();
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const auto length = size * count;
  if (length > exchange.most - exchange.answer.body.size()) {
    exchange.too_large = true;
    return 0;
  }
  exchange.answer.body.append(bytes, length);
  return length;
}

Result<CurlList> field_list(const Fields& fields) {
  CurlList list;
  const auto no_memory = [] { return fail(ErrorKind::internal, "Out of memory while creating a request's headers."); };
  for (const auto& line : fields.lines()) {
    if (line.name.empty() || line.name.find_first_of("\r\n:") != std::string::npos ||
        line.value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return fail(ErrorKind::invalid, "A request header contains a line break.");
    // "Name:" would take the field away; "Name;" sends it empty.
    if (!append(list, (line.value.empty() ? line.name + ";" : line.name + ": " + line.value).c_str())) return no_memory();
  }
  // The body goes at once: waiting for 100 Continue costs a second with servers that never say it.
  if (!append(list, "Expect:")) return no_memory();
  if (!fields.get("Content-Type") && !append(list, "Content-Type:")) return no_memory();
  return list;
}

void set_method(CURL* curl, Method method, const std::string& body) {
  if (method == Method::head) {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  if (method != Method::get && (method != Method::del || !body.empty())) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, std::string(name_of(method)).c_str());
}

/// A pool for one kind of reach: a connection that may go anywhere must never serve a request that may not.
class Pool {
 public:
  struct Entry {
    std::string origin;
    CurlHandle handle;
  };

  /// The handle that was at `origin` last, else any; none when there is no memory.
  CurlHandle take(const std::string& origin) {
    const Lock lock{mutex_};
    if (idle_.empty()) return CurlHandle{curl_easy_init()};
    auto chosen = std::ranges::find(idle_, origin, &Entry::origin);
    if (chosen == idle_.end()) chosen = idle_.begin();
    auto handle = std::move(chosen->handle);
    idle_.erase(chosen);
    curl_easy_reset(handle.get());  // keeps connections and forgets settings
    return handle;
  }

  void give_back(std::string origin, CurlHandle handle) {
    const Lock lock{mutex_};
    if (idle_.size() == kMaxIdleHandles) idle_.erase(idle_.begin());
    idle_.push_back({std::move(origin), std::move(handle)});
  }

 private:
  Mutex mutex_;
  std::vector<Entry> idle_ GUARDED_BY(mutex_);  ///< the longest idle first
};

class CurlOutgoing final : public Outgoing {
 public:
  explicit CurlOutgoing(std::vector<IpNetwork> allowed) : allowed_{std::move(allowed)} {}

  Result<OutgoingAnswer> exchange(const OutgoingRequest& request) override {
    const auto deadline = SteadyClock::now() + request.deadline;
    auto step = request;
    for (int left = request.redirects;; --left) {
      auto done = one_exchange(step, std::chrono::duration_cast<Milliseconds>(deadline - SteadyClock::now()));
      if (!done) return forward_error(done);
      if (left <= 0 || done->redirect.empty() || !request.connect_to.empty()) return std::move(done->answer);
      follow(step, done->answer.status, done->origin, std::move(done->redirect));
    }
  }

 private:
  struct Done {
    OutgoingAnswer answer;
    std::string origin;
    std::string redirect;  ///< absolute, "" when it is none
  };

  /// RFC 9110 §15.4: 303 asks for a GET, and so do 301 and 302 after a POST by long custom; 307 and 308 repeat.
  static void follow(OutgoingRequest& step, int status, const std::string& from, std::string to) {
    if (status == 303 || ((status == 301 || status == 302) && step.method == Method::post)) {
      if (step.method != Method::head) step.method = Method::get;
      step.body.clear();
      Fields without_body;
      for (const auto& line : step.fields.lines())
        if (!lower_ascii(line.name).starts_with("content-")) without_body.add(line.name, line.value);
      step.fields = std::move(without_body);
    }
    const auto url = parsed(to);
    if (!url || origin_of(url->get()) != from) {  // what proves who we are is for the first host alone
      Fields anonymous;
      for (const auto& line : step.fields.lines())
        if (!equal_ignoring_case(line.name, "Authorization") && !equal_ignoring_case(line.name, "Cookie"))
          anonymous.add(line.name, line.value);
      step.fields = std::move(anonymous);
    }
    step.url = std::move(to);
  }

  Result<Done> one_exchange(const OutgoingRequest& request, Milliseconds within) {
    auto url = parsed(request.url);
    if (!url) return forward_error(url);
    const auto origin = origin_of(url->get());
    if (within.count() <= 0) return fail(ErrorKind::unavailable, origin + " didn't respond in time.");
    auto fields = field_list(request.fields);
    if (!fields) return forward_error(fields);

    auto& pool = request.reach == Reach::anywhere ? anywhere_ : public_only_;
    auto handle = pool.take(origin);
    if (!handle) return fail(ErrorKind::internal, "libcurl could not be initialized.");
    auto* curl = handle.get();
    Exchange exchange{.allowed = request.reach == Reach::anywhere ? nullptr : &allowed_, .most = request.most.value};
    std::array<char, CURL_ERROR_SIZE> reason{};
    curl_easy_setopt(curl, CURLOPT_CURLU, url->get());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, kSchemes);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason.data());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(within.count()));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(within, kLongestConnect).count()));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields->get());
    if (!request.fields.get("User-Agent")) curl_easy_setopt(curl, CURLOPT_USERAGENT, kUserAgent);
    curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
    // A proxy would connect to what we may not: whoever chose the address gets none.
    if (request.reach == Reach::public_only) curl_easy_setopt(curl, CURLOPT_PROXY, "");
    CurlList places;
    if (!request.connect_to.empty()) {
      // An address, so that no look-up of libcurl's own can lead elsewhere; whether it may be reached is asked as always.
      const bool v6 = request.connect_to.contains(':');
      if (!append(places, ("::" + (v6 ? "[" + request.connect_to + "]" : request.connect_to) + ":").c_str()))
        return fail(ErrorKind::internal, "Out of memory while creating a request.");
      curl_easy_setopt(curl, CURLOPT_CONNECT_TO, places.get());
    }
    curl_easy_setopt(curl, CURLOPT_CA_CACHE_TIMEOUT, static_cast<long>(kRootsRemembered.count()));
    if (!request.trust.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, request.trust.c_str());
      curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // the system's roots are not meant
    }
    set_method(curl, request.method, request.body);

    const auto result = curl_easy_perform(curl);
    auto done =
        result == CURLE_OK ? finished(curl, std::move(exchange), origin) : failed(curl, result, exchange, origin, reason.data(), request);
    // Nothing of this call may be reached through the handle when it waits in the pool.
    curl_easy_reset(curl);
    pool.give_back(origin, std::move(handle));
    return done;
  }

  static Result<Done> finished(CURL* curl, Exchange exchange, const std::string& origin) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    char* redirect = nullptr;
    curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &redirect);
    exchange.answer.status = static_cast<int>(status);
    const bool followable = status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    return Done{std::move(exchange.answer), origin, redirect != nullptr && followable ? redirect : ""};
  }

  static std::unexpected<Error> failed(CURL* curl, CURLcode result, const Exchange& exchange, const std::string& origin, const char* reason,
                                       const OutgoingRequest& request) {
    if (exchange.too_large) return fail(ErrorKind::too_large, origin + " sent more than the allowed " + to_human(request.most) + ".");
    if (!exchange.refused.empty() && !exchange.connected_somewhere)
      return fail(ErrorKind::refused, origin + " is at " + exchange.refused +
                                          ", which isn't a public address. If that is correct, the operator can add its address range "
                                          "to [outgoing] allow in the configuration.");
    switch (result) {
      case CURLE_URL_MALFORMAT:
        return fail(ErrorKind::invalid, origin + " isn't a usable URL.");
      case CURLE_OPERATION_TIMEDOUT:
        return fail(ErrorKind::unavailable, origin + " didn't respond in time.");
      default:
        break;
    }
    long verified = X509_V_OK;
    if (result == CURLE_PEER_FAILED_VERIFICATION) curl_easy_getinfo(curl, CURLINFO_SSL_VERIFYRESULT, &verified);
    if (verified == X509_V_ERR_CERT_HAS_EXPIRED)
      return fail(ErrorKind::unavailable,
                  origin + " could not be reached: its certificate has expired (according to this machine's clock).",
                  std::string(kCertificateHasEnded));
    if (verified == X509_V_ERR_CERT_NOT_YET_VALID)
      return fail(ErrorKind::unavailable,
                  origin + " could not be reached: its certificate isn't valid yet (according to this machine's clock).",
                  std::string(kCertificateNotYetValid));
    const std::string_view detail = *reason != '\0' ? reason : curl_easy_strerror(result);
    return fail(ErrorKind::unavailable, origin + " could not be reached: " + std::string(trimmed(detail)) + ".");
  }

  std::vector<IpNetwork> allowed_;
  Pool public_only_;
  Pool anywhere_;
};

}  // namespace

Result<std::unique_ptr<Outgoing>> make_outgoing(const OutgoingSettings& settings) {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (started != CURLE_OK)
    return fail(ErrorKind::internal, "libcurl could not be initialized: " + std::string(curl_easy_strerror(started)) + ".");
  std::vector<IpNetwork> allowed;
  for (const auto& text : settings.allow) {
    auto network = IpNetwork::parse(text);
    if (!network) return forward_error(network);
    allowed.push_back(*network);
  }
  return std::make_unique<CurlOutgoing>(std::move(allowed));
}

}  // namespace carillon::http
