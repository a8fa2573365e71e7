package dirstore

// syncFolder does nothing: Windows has no call for it. NTFS journals names by itself.
func (*Store) syncFolder(string) error { return nil }
