package cluster

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// identity is what a data folder belongs to. It is written before anything else
// is, and once more when the cluster is formed.
type identity struct {
	// Format is the version of the folder's layout.
	Format int    `json:"format"`
	ID     string `json:"id"`
	// Cluster is the configured name.
	Cluster string `json:"cluster"`
	// ClusterID tells clusters of the same name apart: members refuse peers
	// that have another one.
	ClusterID string `json:"cluster_id"`
	// Members are the ids of those that formed the cluster, sorted.
	Members []string `json:"members"`
	// Formed says that this member has its log, and that the engine may have
	// run. From then on a log that is missing is lost, and with it what this
	// member has acknowledged. Before, there is nothing that could be lost.
	Formed bool `json:"formed"`
}

const (
	identityFile   = "identity.json"
	identityFormat = 1
	logFile        = "raft.db"
)

// newIdentity is that of a member that forms a cluster with its peers. The
// cluster's id depends on the members' ids, so that two lists by mistake do
// not make one cluster; and not on addresses, which may change.
func newIdentity(cfg Config) identity {
	members := peerIDs(cfg.Peers)
	encoded, _ := json.Marshal(append([]string{cfg.Cluster}, members...)) // strings always encode
	hash := sha256.Sum256(encoded)
	return identity{
		Format:    identityFormat,
		ID:        cfg.ID,
		Cluster:   cfg.Cluster,
		ClusterID: cfg.Cluster + "/" + hex.EncodeToString(hash[:6]),
		Members:   members,
	}
}

// claimFolder makes the data folder this member's, or checks that it is.
func claimFolder(cfg Config) (identity, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return identity{}, fmt.Errorf("data folder: %w", err)
	}
	path := filepath.Join(cfg.Dir, identityFile)
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return writeIdentity(path, newIdentity(cfg))
	}
	if err != nil {
		return identity{}, fmt.Errorf("data folder: %w", err)
	}
	found, err := parseIdentity(content)
	if err != nil {
		return identity{}, fmt.Errorf("%w: %s: %w", ErrCorrupt, path, err)
	}
	if err := found.check(cfg); err != nil {
		return identity{}, err
	}
	if !found.Formed {
		return anew(path, found, newIdentity(cfg))
	}
	log, err := os.Stat(filepath.Join(cfg.Dir, logFile))
	if errors.Is(err, fs.ErrNotExist) || err == nil && log.Size() == 0 {
		return identity{}, fmt.Errorf("%w: %s: %w", ErrCorrupt, filepath.Join(cfg.Dir, logFile), errLogGone)
	}
	return found, nil
}

// parseIdentity accepts no field that it does not know: a bit that has flipped
// in the name of "formed" would make a member forget its log. A later format may
// have more fields; check refuses it by its number.
func parseIdentity(content []byte) (identity, error) {
	var found identity
	err := json.Unmarshal(content, &found) // sees what stands behind the object, too
	if err != nil || found.Format > identityFormat {
		return found, err
	}
	strict := json.NewDecoder(bytes.NewReader(content))
	strict.DisallowUnknownFields()
	return found, strict.Decode(&found)
}

// anew begins again what a first start has not finished, perhaps with another
// list of members. An identity that is right already is not written: another
// process may be about to note in it that the member is formed.
func anew(path string, found, now identity) (identity, error) {
	if found.ClusterID == now.ClusterID && slices.Equal(found.Members, now.Members) {
		return found, nil
	}
	return now, now.write(path)
}

// errLogGone is why a member does not start: it may have acknowledged what
// nobody else has, and must not vote as if it had not.
var errLogGone = errors.New("this member's log is gone")

func (i identity) check(cfg Config) error {
	if i.Format != identityFormat {
		return fmt.Errorf("%w: data folder %s has format %d", ErrVersion, cfg.Dir, i.Format)
	}
	if i.ID != cfg.ID || i.Cluster != cfg.Cluster {
		return fmt.Errorf("%w: %s is that of member %q of cluster %q, and this is %q of %q", ErrWrongIdentity, cfg.Dir, i.ID, i.Cluster, cfg.ID, cfg.Cluster)
	}
	// Members of the former list would go on as a cluster of their own beside
	// that of the new one, under the same name.
	if members := peerIDs(cfg.Peers); i.Formed && !slices.Equal(i.Members, members) {
		return fmt.Errorf("%w: %s belongs to a cluster of the members %q, and Peers lists %q: their addresses may change, the members not yet", ErrWrongIdentity, cfg.Dir, i.Members, members)
	}
	if i.Formed && i.ClusterID != newIdentity(cfg).ClusterID {
		return fmt.Errorf("%w: %s: cluster_id %q is not that of these members", ErrCorrupt, filepath.Join(cfg.Dir, identityFile), i.ClusterID)
	}
	return nil
}

// writeIdentity writes the file under another name first, so that a crash
// leaves none or a whole one. A folder that has a log but no identity is not
// taken over.
func writeIdentity(path string, i identity) (identity, error) {
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), logFile)); err == nil {
		return identity{}, fmt.Errorf("%w: %s has a log, but no %s", ErrCorrupt, filepath.Dir(path), identityFile)
	}
	return i, i.write(path)
}

// markFormed notes in the folder that this member has its log.
func (i *identity) markFormed(dir string) error {
	if i.Formed {
		return nil
	}
	i.Formed = true
	return i.write(filepath.Join(dir, identityFile))
}

func (i identity) write(path string) error {
	content, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return fmt.Errorf("identity: %w", err)
	}
	if err := writeDurably(path, append(content, '\n')); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	return nil
}

func writeDurably(path string, content []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // of no effect once it is renamed
	_, err = temporary.Write(content)
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(temporary.Name(), path); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
