// carillon ca: the local CA, for whoever wants to trust it.

#include "app/commands/commands.hpp"
#include "app/commands/printing.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>

extern char** environ;

namespace carillon::app {
namespace {

constexpr const char* kTrustFolder = "/usr/local/share/ca-certificates";
constexpr const char* kTrustProgram = "/usr/sbin/update-ca-certificates";

Result<std::string> root_of(const Context& context) {
  auto pem = read_file(context.data.root_certificate());
  if (!pem)
    return fail(pem.error().kind,
                "There is no local CA in " + context.data.root.string() + " yet; `carillon serve` creates it on its first start.");
  return pem;
}

Result<> run_program(const char* program) {
  char* arguments[] = {const_cast<char*>(program), nullptr};
  pid_t child = 0;
  if (const int wrong = ::posix_spawn(&child, program, nullptr, nullptr, arguments, environ); wrong != 0)
    return fail_errno("run", program, wrong);
  int status = 0;
  if (::waitpid(child, &status, 0) < 0) return fail_errno("wait for", program, errno);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(ErrorKind::unavailable, std::string(program) + " failed; see its output above.");
  return {};
}

}  // namespace

Result<> print_authority(const Context& context) {
  auto pem = root_of(context);
  if (!pem) return forward_error(pem);
  const auto path = std::filesystem::absolute(context.data.root_certificate()).lexically_normal().string();
  if (context.json) {
    print_json(boost::json::object{{"path", path}, {"certificate", *pem}});
    return {};
  }
  std::cout << *pem << "\nPath: " << path << ".\n"
            << "Trust it on this machine:  sudo carillon ca install --data " << context.data.root.string() << "\n"
            << "For one command:           curl --cacert " << path << " …\n"
            << "The local CA can only issue certificates for names that aren't public (localhost, .test, .local, .internal, private "
               "addresses).\n";
  return {};
}

Result<> install_authority(const Context& context) {
  auto pem = root_of(context);
  if (!pem) return forward_error(pem);
  if (::geteuid() != 0)
    return fail(ErrorKind::refused,
                "Installing the local CA writes to " + std::string(kTrustFolder) + " and needs root; run it with sudo.");
  const std::filesystem::path target = std::filesystem::path(kTrustFolder) / "carillon-local-ca.crt";
  if (auto made = make_folder(kTrustFolder, 0755); !made) return made;
  if (auto written = write_file(target, *pem, 0644); !written) return written;
  if (auto updated = run_program(kTrustProgram); !updated) return updated;
  std::cout << "This machine now trusts the local CA (" << target.string()
            << "). Import that file in the settings of Firefox and other browsers that have their own certificate store.\n";
  return {};
}

}  // namespace carillon::app
