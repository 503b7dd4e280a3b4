// nginx: blocks of directives, certificates inherited inwards (ngx_http_ssl_module, ngx_mail_core_module, ngx_stream_ssl_module).

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"
#include "certs/scan/lua.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace carillon::certs {
namespace {

constexpr std::uint16_t kHttp = 80, kHttps = 443;

struct Listener {
  std::string host;  ///< "" for all addresses
  std::uint16_t port = 0;
  bool is_tls = false;
  bool is_quic = false;
};

/// What a block says; servers inherit what they don't say themselves.
struct Block {
  std::string kind;
  std::string place;
  std::vector<std::string> names;
  std::vector<Listener> listeners;
  std::vector<std::string> certificates;
  bool is_dynamic = false;  ///< the certificate is chosen when a client connects
  bool listens_elsewhere = false;
  bool is_stream = false;
  std::optional<bool> is_ssl_on, rejects;
  std::string protocol, starttls;
  std::vector<Block> servers;
};

class NginxReader {
 public:
  NginxReader(const Files& files, std::string root) : files_{files}, root_{std::move(root)}, inclusions_{files, result} {}

  void read(const std::string& path, std::string_view text, int depth) {
    std::vector<std::string> words;
    std::size_t at = 0, counted = 0, line = 1;
    const auto outside = blocks_.size();
    std::size_t first_line = 1;
    while (at < text.size()) {
      const char c = text[at];
      line += static_cast<std::size_t>(std::ranges::count(text.substr(counted, at - counted), '\n'));
      counted = at;
      if (words.empty()) first_line = line;
      const auto place = [&] { return clean_for_xml(path) + ":" + std::to_string(first_line); };
      if (c == '#') {
        at = std::min(text.find('\n', at), text.size());
      } else if (c == ';') {
        ++at;
        directive(std::exchange(words, {}), depth, place());
      } else if (c == '{') {
        ++at;
        const auto kind = words.empty() ? std::string{} : words.front();
        words.clear();
        if (kind.ends_with("_by_lua_block")) {
          at = end_of_lua_block(text, at);
          if (kind == "ssl_certificate_by_lua_block" && has_settings()) blocks_.back().is_dynamic = true;
        } else {
          blocks_.push_back({.kind = kind, .place = place()});
        }
      } else if (c == '}') {
        ++at;
        words.clear();
        // An included file cannot close what its includer opened.
        if (blocks_.size() > outside) close();
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        ++at;
      } else {
        words.push_back(word(text, at));
      }
    }
    while (blocks_.size() > outside) close();
  }

  void begin(const std::string& path) { blocks_.push_back({.kind = {}, .place = clean_for_xml(path)}); }

  void finish() {
    while (!blocks_.empty()) close();
    for (const auto& server : servers_) {
      for (const auto& listener : server.listeners) {
        // Port 443 with a certificate should speak TLS. If it doesn't, that deserves a row.
        const bool is_meant = listener.port == kHttps && !server.is_stream && (server.is_dynamic || !server.certificates.empty());
        if (listener.is_tls || server.is_ssl_on.value_or(false) || (is_meant && !listener.is_quic))
          tls_.insert({listener.host, listener.port});
      }
    }
    for (auto& server : servers_) add(server);
  }

  Configuration result;

 private:
  static std::string word(std::string_view text, std::size_t& at) {
    std::string word;
    if (text[at] == '"' || text[at] == '\'') {
      const char quote = text[at++];
      while (at < text.size() && text[at] != quote) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        word += text[at++];
      }
      ++at;
      return word;
    }
    while (at < text.size() && std::string_view{" \t\r\n;{"}.find(text[at]) == std::string_view::npos) {
      if (text[at] == '\\' && at + 1 < text.size()) {
        word += text[at++];
      } else if (text[at] == '$' && at + 1 < text.size() && text[at + 1] == '{') {
        // ${variable} is one word with its braces.
        while (at < text.size() && text[at] != '}') word += text[at++];
        if (at == text.size()) break;
      }
      word += text[at++];
    }
    return word;
  }

  /// Only these blocks say something about certificates. A map or a location may contain words that look the same.
  [[nodiscard]] bool has_settings() const {
    constexpr std::array<std::string_view, 5> kKinds{"", "http", "mail", "stream", "server"};
    return !blocks_.empty() && std::ranges::find(kKinds, blocks_.back().kind) != kKinds.end();
  }

  void close() {
    auto block = std::move(blocks_.back());
    blocks_.pop_back();
    if (block.kind == "server" && !blocks_.empty()) {
      if (count_ == kMaxSites) return too_many_sites(result);
      ++count_;
      blocks_.back().servers.push_back(std::move(block));
      return;
    }
    // Snippets: certificates without a server.
    if (block.servers.empty() && !block.certificates.empty())
      add_site(result, {.names = {}, .ports = {}, .certificates = block.certificates, .folders = {}, .place = block.place});
    // An outer block's settings may follow its servers.
    for (auto& server : block.servers) {
      inherit(server, block);
      servers_.push_back(std::move(server));
    }
  }

  static void inherit(Block& server, const Block& outer) {
    server.is_stream = outer.kind == "stream";
    if (server.certificates.empty() && !server.is_dynamic) {
      server.certificates = outer.certificates;
      server.is_dynamic = outer.is_dynamic;
    }
    if (server.names.empty() && outer.kind == "mail") server.names = outer.names;
    if (!server.is_ssl_on) server.is_ssl_on = outer.is_ssl_on;
    if (!server.rejects) server.rejects = outer.rejects;
    if (server.protocol.empty()) server.protocol = outer.protocol;
    if (server.starttls.empty()) server.starttls = outer.starttls;
  }

  void directive(std::vector<std::string> words, int depth, const std::string& place) {
    if (words.size() < 2) return;
    if (!has_settings()) return;
    const auto& name = words[0];
    auto& block = blocks_.back();
    if (name == "include") {
      include(words[1], depth, place);
    } else if (name == "ssl_certificate") {
      certificate(block, words[1], place);
    } else if (name == "ssl_certificate_by_lua" || name == "ssl_certificate_by_lua_file") {
      block.is_dynamic = true;
    } else if (name == "server_name") {
      block.names.insert(block.names.end(), words.begin() + 1, words.end());
    } else if (name == "listen") {
      listen(block, words, place);
    } else if (name == "ssl") {
      block.is_ssl_on = words[1] == "on";
    } else if (name == "ssl_reject_handshake") {
      block.rejects = words[1] == "on";
    } else if (name == "protocol") {
      block.protocol = words[1];
    } else if (name == "starttls") {
      block.starttls = words[1];
    }
  }

  void certificate(Block& block, const std::string& path, const std::string& place) {
    if (path.find('$') == std::string::npos && !path.starts_with("data:") && !path.starts_with("engine:") && !path.starts_with("store:"))
      return add_once(block.certificates, resolved(root_, path));
    block.is_dynamic = true;
    result.remarks.push_back(place + ": nginx chooses the certificate “" + clean_for_xml(cut_to(path, 200)) +
                             "” when a client connects, so the names of the servers that use it are checked on the network instead.");
  }

  void listen(Block& block, const std::vector<std::string>& words, const std::string& place) {
    const std::string_view address = words[1];
    const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
    if (address.starts_with("unix:")) {
      block.listens_elsewhere = true;
      if (has("ssl")) result.remarks.push_back(place + ": a Unix socket can't be checked on the network.");
      return;
    }
    // "443", "*:443", "192.0.2.7:443", "[::]:443", "name:443", "192.0.2.7", "[::1]", "8000-8010".
    const auto colon = address.ends_with(']') ? std::string_view::npos : address.rfind(':');
    std::string_view host, range;
    if (colon != std::string_view::npos) {
      host = address.substr(0, colon);
      range = address.substr(colon + 1);
    } else if (!ports_in(address).empty()) {
      range = address;
    } else {
      host = address;
    }
    const auto ports = range.empty() ? std::vector<std::uint16_t>{kHttp} : ports_in(range);
    if (ports.empty()) {
      result.problems.push_back(place + ": the address “" + clean_for_xml(cut_to(address, 100)) +
                                "” was not checked, because its port isn't a number. Scan its host and port as well.");
      return;
    }
    for (const auto port : ports) {
      if (block.listeners.size() >= kMaxSites) return;
      block.listeners.push_back({host == "*" ? std::string{} : std::string(host), port, has("ssl"), has("quic") && !has("ssl")});
    }
  }

  void include(const std::string& pattern, int depth, const std::string& place) {
    if (pattern.find('$') != std::string::npos) {
      result.problems.push_back(place + ": the include “" + clean_for_xml(pattern) + "” was not read, because it contains a variable.");
      return;
    }
    const auto full = resolved(root_, pattern);
    auto found = files_.matching(full);
    for (auto& problem : found.problems) result.problems.push_back(place + ": " + problem);
    const bool is_pattern = pattern.find_first_of("*?[") != std::string::npos;
    // nginx doesn't start without it, or it's somewhere else.
    if (!is_pattern && found.paths.empty()) found.paths.push_back(full);
    for (const auto& path : found.paths) {
      if (const auto text = inclusions_.read(path, depth, place)) read(path, *text, depth + 1);
    }
  }

  /// STARTTLS before TLS if the server offers it.
  [[nodiscard]] static std::string protocol_at(const Block& server, std::uint16_t port) {
    if (!server.protocol.empty()) return server.protocol;
    if (port == 143 || port == 993) return "imap";
    if (port == 110 || port == 995) return "pop3";
    return "smtp";
  }

  void add(Block& server) {
    // nginx refuses such handshakes: there is no certificate.
    if (server.rejects.value_or(false) && server.certificates.empty() && !server.is_dynamic) return;
    if (server.listeners.empty() && !server.listens_elsewhere) server.listeners.push_back({{}, kHttp});
    Site site{.names = {}, .ports = {}, .certificates = server.certificates, .folders = {}, .place = server.place};
    for (const auto& name : server.names) add_name(site, name);
    auto smtp = site, imap = site, pop3 = site;
    smtp.starttls = StartTls::smtp;
    imap.starttls = StartTls::imap;
    pop3.starttls = StartTls::pop3;
    bool is_only_quic = false;
    const bool offers_starttls = server.starttls == "on" || server.starttls == "only";
    for (const auto& listener : server.listeners) {
      if (tls_.contains({listener.host, listener.port})) {
        add_listener(site, listener.host, listener.port);
      } else if (listener.is_quic) {
        is_only_quic = true;
      } else if (offers_starttls) {
        const auto protocol = protocol_at(server, listener.port);
        if (protocol == "smtp") add_listener(smtp, listener.host, listener.port);
        if (protocol == "imap") add_listener(imap, listener.host, listener.port);
        if (protocol == "pop3") add_listener(pop3, listener.host, listener.port);
      }
    }
    const auto listens = [](const Site& one) { return !one.ports.empty() || !one.local.empty(); };
    const bool has_mail = listens(smtp) || listens(imap) || listens(pop3);
    if (is_only_quic && !listens(site))
      result.remarks.push_back(server.place + ": this server has a port only for HTTP/3, which can't be checked on the network.");
    if (listens(smtp)) add_site(result, std::move(smtp));
    if (listens(imap)) add_site(result, std::move(imap));
    if (listens(pop3)) add_site(result, std::move(pop3));
    if (listens(site) || (!has_mail && !site.certificates.empty())) add_site(result, std::move(site));
  }

  const Files& files_;
  std::string root_;
  Inclusions inclusions_;
  std::vector<Block> blocks_;
  std::vector<Block> servers_;
  std::size_t count_ = 0;
  std::set<std::pair<std::string, std::uint16_t>> tls_;  ///< of any server: nginx speaks TLS on an address and port, or doesn't
};

}  // namespace

Result<Configuration> read_nginx(const std::string& path, const Files& files) {
  auto text = files.read(path);
  if (!text) return forward_error(text);
  NginxReader reader{files, name_of_file(path) == "nginx.conf" ? folder_of(path) : root_of(path, {"nginx.conf"}, files)};
  reader.begin(path);
  reader.read(path, *text, 0);
  reader.finish();
  return std::move(reader.result);
}

}  // namespace carillon::certs
