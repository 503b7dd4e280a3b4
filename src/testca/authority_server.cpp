// See authority_server.hpp.

#include "testca/authority_server.hpp"

#include "base/file.hpp"
#include "crypto/certificate_maker.hpp"
#include "http/server/serve.hpp"
#include "net/asio.hpp"
#include "testca/faulty_transport.hpp"
#include "testca/jose.hpp"

#include <boost/asio/thread_pool.hpp>

namespace carillon::testca {
namespace {

/// Validations that wait for a peer at the same time.
constexpr std::size_t kValidators = 8;
constexpr auto kOwnLifetime = std::chrono::days{30};
constexpr auto kOwnAge = std::chrono::days{1};
constexpr std::chrono::milliseconds kDrain{500};

/// One certificate whatever the name.
class OneCertificate final : public net::CertificateLookup {
 public:
  explicit OneCertificate(net::CertificateForTls certificate)
      : certificate_{std::make_shared<const net::CertificateForTls>(std::move(certificate))} {}
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> certificate_for(std::string_view) const override { return certificate_; }

 private:
  std::shared_ptr<const net::CertificateForTls> certificate_;
};

/// Tells the Date of answers.
class DateClock final : public Clock {
 public:
  explicit DateClock(const Authority& authority) : authority_{authority} {}
  [[nodiscard]] Time now() const override { return authority_.shown_time(); }

 private:
  const Authority& authority_;
};

/// The certificate for the directory's own HTTPS, its root written to `root_file`.
Result<net::CertificateForTls> own_certificate(const std::filesystem::path& root_file, Random& random) {
  const auto now = SystemClock{}.now();
  const auto root_key = crypto::PrivateKey::generate_p256();
  if (!root_key) return std::unexpected(root_key.error());
  const auto root = crypto::make_root({.common_name = "Test authority HTTPS root",
                                       .not_before = now - kOwnAge,
                                       .not_after = now + kOwnLifetime,
                                       .permitted_dns = {"localhost"},
                                       .permitted_networks = {"127.0.0.0/255.0.0.0"}},
                                      *root_key, random);
  if (!root) return std::unexpected(root.error());
  const auto key = crypto::PrivateKey::generate_p256();
  if (!key) return std::unexpected(key.error());
  const auto leaf = crypto::make_leaf({.common_name = "Test authority HTTPS",
                                       .names = {"localhost", "127.0.0.1"},
                                       .not_before = now - kOwnAge,
                                       .not_after = now + kOwnLifetime},
                                      *key, *root, *root_key, random);
  if (!leaf) return std::unexpected(leaf.error());
  const auto pem = root->to_pem();
  const auto leaf_der = leaf->to_der();
  const auto key_der = key->to_der();
  for (const auto* made : {&pem, &leaf_der, &key_der})
    if (!*made) return std::unexpected(made->error());
  if (!root_file.empty())
    if (const auto written = write_file(root_file, *pem, 0644); !written) return std::unexpected(written.error());
  return net::CertificateForTls{.chain_der = {*leaf_der}, .key_der = *key_der};
}

}  // namespace

struct AuthorityServer::Impl {
  Impl(AuthorityServerOptions options_given, net::CertificateForTls own)
      : options{std::move(options_given)}, certificate{std::move(own)}, ground{options.ground} {}
  ~Impl() {
    server.reset();
    validators.join();
  }

  Result<> start();
  asio::awaitable<http::Response> answer_client(std::shared_ptr<NextAnswer> next, http::Request& request);
  asio::awaitable<http::Response> answer_management(http::Request& request);
  asio::awaitable<void> serve_client(std::unique_ptr<net::Transport> transport);
  asio::awaitable<void> serve_management(std::unique_ptr<net::Transport> transport);
  void validate_later(Duration after, std::function<void()> validation);

  AuthorityServerOptions options;
  SystemRandom random;
  const SystemClock real_clock;
  OffsetClock clock;
  OneCertificate certificate;
  Ground ground;
  std::string origin, management_origin;
  std::unique_ptr<Authority> authority;
  std::unique_ptr<DateClock> date;
  std::unique_ptr<Management> management;
  asio::thread_pool validators{kValidators};
  std::unique_ptr<net::Server> server;
};

Result<> AuthorityServer::Impl::start() {
  server = std::make_unique<net::Server>(1);
  // Nothing is accepted before start(), so the handlers may name what is made after the ports are known.
  const auto https = server->listen_tls(options.https, certificate,
                                        [this](std::unique_ptr<net::Transport> transport) { return serve_client(std::move(transport)); });
  if (!https) return std::unexpected(https.error());
  const auto plain = server->listen_plain(
      options.management, [this](std::unique_ptr<net::Transport> transport) { return serve_management(std::move(transport)); });
  if (!plain) return std::unexpected(plain.error());
  origin = "https://localhost:" + std::to_string(*https);
  management_origin = "http://127.0.0.1:" + std::to_string(*plain);
  options.settings.origin = origin;
  if (options.with_revocation_list) options.settings.revocation_list = management_origin + "/crl";
  auto made =
      Authority::create(clock, random, [this](const Validation& validation) { return ground.validate(validation); }, options.settings);
  if (!made) return std::unexpected(made.error());
  authority = std::move(*made);
  authority->run_validations_with(
      [this](Duration after, std::function<void()> validation) { validate_later(after, std::move(validation)); });
  date = std::make_unique<DateClock>(*authority);
  management = std::make_unique<Management>(*authority, clock, ground);
  server->start();
  return {};
}

void AuthorityServer::Impl::validate_later(Duration after, std::function<void()> validation) {
  auto timer = std::make_shared<asio::steady_timer>(server->main_loop(), after);
  timer->async_wait([this, timer, validation = std::move(validation)](const boost::system::error_code& error) {
    if (!error) asio::post(validators, validation);
  });
}

asio::awaitable<http::Response> AuthorityServer::Impl::answer_client(std::shared_ptr<NextAnswer> next, http::Request& request) {
  auto body = co_await request.body->read_all(ByteCount{kLongestMessage});
  if (!body) co_return http::problem(body.error());
  auto delivery =
      authority->deliver({.method = request.method, .url = origin + request.target, .fields = request.fields, .body = std::move(*body)});
  *next = {.wire = delivery.wire, .delay = delivery.delay};
  http::Response response{.status = delivery.answer.status};
  // The wire writes the Date, with the same fault in it.
  for (const auto& line : delivery.answer.fields.lines())
    if (line.name != "Date") response.fields.add(line.name, line.value);
  response.body = Body::of(std::move(delivery.answer.body));
  co_return response;
}

asio::awaitable<http::Response> AuthorityServer::Impl::answer_management(http::Request& request) {
  const auto body = co_await request.body->read_all(ByteCount{kLongestMessage});
  if (!body) co_return http::problem(body.error());
  if (request.method == http::Method::get && request.path == "/crl") {
    http::Response response{.status = 200};
    response.fields.set("Content-Type", "application/pkix-crl");
    response.body = Body::of(authority->revocation_list());
    co_return response;
  }
  const auto query = request.query_parameter("since").value_or(request.query_parameter("name").value_or(""));
  auto answer = management->answer(request.method, request.path, query, *body);
  co_return http::json(answer.status, std::move(answer.body));
}

asio::awaitable<void> AuthorityServer::Impl::serve_client(std::unique_ptr<net::Transport> transport) {
  auto next = std::make_shared<NextAnswer>();
  auto faulty = make_faulty_transport(std::move(transport), next);
  return http::serve(
      std::move(faulty), [this, next](http::Request& request) { return answer_client(next, request); }, http::Deadlines{},
      [this] { return server->draining(); }, *date);
}

asio::awaitable<void> AuthorityServer::Impl::serve_management(std::unique_ptr<net::Transport> transport) {
  return http::serve(
      std::move(transport), [this](http::Request& request) { return answer_management(request); }, http::Deadlines{},
      [this] { return server->draining(); }, real_clock);
}

AuthorityServer::AuthorityServer(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
AuthorityServer::~AuthorityServer() { impl_->server->drain(kDrain); }

Result<std::unique_ptr<AuthorityServer>> AuthorityServer::start(AuthorityServerOptions options) {
  SystemRandom random;
  auto own = own_certificate(options.root_file, random);
  if (!own) return forward_error(own);
  auto impl = std::make_unique<Impl>(std::move(options), std::move(*own));
  if (auto started = impl->start(); !started) return forward_error(started);
  return std::unique_ptr<AuthorityServer>{new AuthorityServer{std::move(impl)}};
}

std::string AuthorityServer::directory_url() const { return impl_->authority->directory_url(); }
std::string AuthorityServer::management_url() const { return impl_->management_origin; }
Authority& AuthorityServer::authority() { return *impl_->authority; }

}  // namespace carillon::testca
