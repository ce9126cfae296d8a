#!/usr/bin/env bash
# Sourced by ready.sh: one Terraform or OpenTofu, its path written to .sla/terraform.

: "${log:?}"
terraform_minimum=1.9
terraform_version=1.11.4
# From the vendor's own Homebrew tap, formula `terraform` at this version.
declare -A terraform_sha256=(
  [amd64]=1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc
  [arm64]=a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633
)
terraform_bin=${XDG_CACHE_HOME:-$HOME/.cache}/sla-lab/bin

ensure_terraform() {
  find_terraform ||
    { step "Terraform $terraform_version from its vendor" fetch_terraform && find_terraform; } ||
    { find_go && step 'OpenTofu from its Go module (some minutes)' build_tofu && find_terraform; } ||
    fail machine-not-ready 'neither Terraform nor OpenTofu is to be had' "$(log_end)" \
      "do one of three: put terraform or tofu ($terraform_minimum or newer) on PATH; make the download site of Terraform reachable; install Go (1.21 or newer) and make its module proxy reachable. Then run the same command again"
}

find_terraform() {
  local candidate path
  for candidate in terraform tofu "$terraform_bin/terraform" "$terraform_bin/tofu"; do
    path=$(type -P -- "$candidate") || continue
    is_recent "$path" || continue
    printf '%s\n' "$path" >.sla/terraform.new
    mv -- .sla/terraform.new .sla/terraform
    return
  done
  return 1
}

# Without the vendor's check for updates, which waits for the network.
is_recent() {
  local report
  report=$(CHECKPOINT_DISABLE=1 "$1" version -json 2>/dev/null) || return 1
  [[ $report =~ \"terraform_version\":\ *\"([0-9]+)\.([0-9]+)\. ]] || return 1
  (( BASH_REMATCH[1] > 1 || (BASH_REMATCH[1] == 1 && BASH_REMATCH[2] >= ${terraform_minimum#1.}) ))
}

fetch_terraform() {
  local kind
  case $(uname -s)-$(uname -m) in
    Linux-x86_64) kind=amd64 ;;
    Linux-aarch64) kind=arm64 ;;
    *) echo 'no release is pinned for this kind of machine'; return 1 ;;
  esac
  local name=terraform_${terraform_version}_linux_$kind.zip
  local zip=$terraform_bin/$name.new
  mkdir -p -- "$terraform_bin" &&
    curl -fsSL --connect-timeout 5 --max-time 600 -o "$zip" \
      "https://releases.hashicorp.com/terraform/$terraform_version/$name" &&
    printf '%s  %s\n' "${terraform_sha256[$kind]}" "$zip" | sha256sum -c - &&
    ensure_unzip &&
    unzip -p "$zip" terraform >"$terraform_bin/terraform.new" &&
    chmod +x -- "$terraform_bin/terraform.new" &&
    mv -- "$terraform_bin/terraform.new" "$terraform_bin/terraform" &&
    rm -f -- "$zip"
}

ensure_unzip() {
  command -v unzip >/dev/null || { command -v apt-get && may_be_root && apt_install unzip; }
}

find_go() {
  go=$(type -P go || type -P /usr/local/go/bin/go) || { echo 'there is no go on PATH' >>"$log"; return 1; }
}

# The linker flag is what upstream sets for a release; without it the version ends in -dev. A Go that is older
# than go.mod asks for fetches the right one through the module proxy.
build_tofu() {
  mkdir -p -- "$terraform_bin" &&
    (cd terraform/providers/opentofu &&
      GOFLAGS='' GOTOOLCHAIN=${GOTOOLCHAIN:-auto} CGO_ENABLED=0 nice "$go" build -trimpath -buildvcs=false \
        -ldflags '-s -w -X github.com/opentofu/opentofu/version.dev=no' \
        -o "$terraform_bin/tofu.new" github.com/opentofu/opentofu/cmd/tofu) &&
    mv -- "$terraform_bin/tofu.new" "$terraform_bin/tofu"
}
