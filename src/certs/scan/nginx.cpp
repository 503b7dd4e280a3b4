// nginx: blocks of directives, certificates inherited inwards (ngx_http_ssl_module).

#include "certs/scan/configuration.hpp"

#include "base/text.hpp"
#include "crypto/certificate.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

constexpr std::uint16_t kHttps = 443;

/// What a block says, and its inner ones inherit.
struct Block {
  std::string kind;
  Site site;
  bool inherits_certificates = true;
};

class NginxReader {
 public:
  NginxReader(const Files& files, std::string root) : files_{files}, root_{std::move(root)} {}

  void read(std::string_view text, int depth) {
    std::vector<std::string> words;
    std::size_t at = 0;
    const auto outside = blocks_.size();
    while (at < text.size()) {
      const char c = text[at];
      if (c == '#') {
        at = std::min(text.find('\n', at), text.size());
      } else if (c == ';') {
        ++at;
        directive(std::exchange(words, {}), depth);
      } else if (c == '{') {
        ++at;
        open(words.empty() ? std::string{} : words.front());
        words.clear();
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
    while (at < text.size() && std::string_view{" \t\r\n;{}"}.find(text[at]) == std::string_view::npos) {
      // ${variable} is one word with its braces.
      if (text[at] == '$' && at + 1 < text.size() && text[at + 1] == '{') {
        while (at < text.size() && text[at] != '}') word += text[at++];
        if (at == text.size()) break;
      }
      word += text[at++];
    }
    return word;
  }

  void open(std::string kind) {
    Block block{.kind = std::move(kind), .site = {}};
    if (!blocks_.empty()) block.site.certificates = blocks_.back().site.certificates;
    blocks_.push_back(std::move(block));
  }

  void close() {
    auto block = std::move(blocks_.back());
    blocks_.pop_back();
    if (block.kind != "server" || block.site.certificates.empty() || result.sites.size() == kMaxSites) return;
    result.sites.push_back(std::move(block.site));
  }

  void directive(std::vector<std::string> words, int depth) {
    if (words.size() < 2) return;
    const auto& name = words[0];
    if (name == "include") return include(words[1], depth);
    if (blocks_.empty()) return;
    auto& block = blocks_.back();
    if (name == "ssl_certificate") {
      // The first of a block's own takes the place of what it inherited; more are for other kinds of key.
      if (std::exchange(block.inherits_certificates, false)) block.site.certificates.clear();
      if (words[1].find('$') != std::string::npos || words[1].starts_with("data:") || words[1].starts_with("engine:")) {
        result.problems.push_back("nginx loads a certificate from “" + clean_for_xml(words[1]) +
                                  "”, which is only known when a client connects.");
      } else {
        add_once(block.site.certificates, resolved(root_, words[1]));
      }
    } else if (name == "server_name") {
      for (std::size_t i = 1; i < words.size(); ++i) {
        if (is_plain_name(words[i]) && words[i].find('.') != std::string::npos) add_once(block.site.names, lower_ascii(words[i]));
      }
    } else if (name == "listen") {
      listen(block, words);
    } else if (name == "ssl" && words[1] == "on") {
      if (block.site.ports.empty()) add_once(block.site.ports, kHttps);
    }
  }

  static void listen(Block& block, const std::vector<std::string>& words) {
    if (words[1].starts_with("unix:")) return;
    const bool is_tls = std::ranges::any_of(words, [](const auto& word) { return word == "ssl" || word == "quic"; });
    const bool has_port = words[1].find(':') != std::string::npos || parse_number(words[1]);
    const auto port = has_port ? port_of(words[1]) : std::nullopt;
    if (port && (is_tls || *port == kHttps)) add_once(block.site.ports, *port);
  }

  void include(const std::string& pattern, int depth) {
    if (depth >= kDeepestInclude) return;
    for (const auto& path : files_.matching(resolved(root_, pattern))) {
      if (++included_ > kMaxIncluded) return;
      if (const auto text = files_.read(path)) {
        read(*text, depth + 1);
      } else {
        result.problems.push_back(text.error().message);
      }
    }
  }

  const Files& files_;
  std::string root_;
  std::vector<Block> blocks_;
  std::size_t included_ = 0;
};

}  // namespace

Result<Configuration> read_nginx(const std::string& path, const Files& files) {
  auto text = files.read(path);
  if (!text) return forward_error(text);
  NginxReader reader{files, folder_of(path)};
  reader.read(*text, 0);
  return std::move(reader.result);
}

}  // namespace carillon::certs
